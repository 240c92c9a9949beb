import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '#shared/testing/refusal.ts';
import { runCli, startCli } from '#shared/testing/run-cli.ts';
import { demoSeason } from '#shared/testing/season-copy.ts';
import { loopback } from '#shared/testing/static-server.ts';
import { tinyHome, workFolder } from '#shared/testing/work-folder.ts';

const folder = workFolder('bad-server');
const home = tinyHome(folder);
const env = { GEOCROP_HTTP_TRIES: '2', GEOCROP_HTTP_TIMEOUT_S: '0.5' };
const season = ['--year', '2019', '--season', 'northern-summer', '--model', 'tiny'];
const mapArgs = (stac: string) => ['map', '--stac', stac, '--at', '4.063,50.746,300', ...season];

const json =
  (body: unknown): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
const status =
  (code: number): RequestListener =>
  (_request, response) => {
    response.writeHead(code, { 'retry-after': '0' }).end('no');
  };

const itemPath = '31/U/ES/2019/4/S2_31UES_20190401_0_L2A/S2_31UES_20190401_0_L2A.json';
const item = JSON.parse(readFileSync(join(demoSeason, itemPath), 'utf8'));

/** A STAC API whose every page is the first one. */
const samePage: RequestListener = (request, response) => {
  const root = `http://${request.headers.host}`;
  const search = { rel: 'search', href: `${root}/search`, method: 'GET' };
  const answers: Record<string, unknown> = {
    '/': { type: 'Catalog', id: 'api', conformsTo: [], links: [search] },
    '/collections': { collections: [{ id: 's2_l2a' }], links: [] },
    '/search': {
      type: 'FeatureCollection',
      features: [item],
      links: [{ rel: 'next', href: `${root}/search?page=2` }],
    },
  };
  json(answers[new URL(request.url!, root).pathname])(request, response);
};

describe('a STAC server', () => {
  const servers: [string, RequestListener, number, RegExp][] = [
    ['that answers 429 for ever', status(429), 1, /gave no answer in 2 tries \(HTTP 429\); try again later/],
    ['that answers 500 for ever', status(500), 1, /gave no answer in 2 tries \(HTTP 500\); try again later/],
    ['that says nothing', () => {}, 1, /gave no answer in 2 tries \(no answer within 0\.5 s\); try again later/],
    ['that hangs up', (request) => request.socket.destroy(), 1, /gave no answer in 2 tries \(.+\); try again later/],
    ['that sends the same page for ever', samePage, 3, /the server sends the same page for ever/],
    [
      'that is a web site',
      (_request, response) => response.end('<!DOCTYPE html><html></html>'),
      3,
      /is not JSON|HTML|not a STAC/,
    ],
    ['that knows no such address', status(404), 3, /answered HTTP 404: check the address/],
    ['that refuses', status(403), 3, /answered HTTP 403/],
    ['that speaks of something else', json({ hello: 'world' }), 3, /is not a STAC catalog/],
  ];
  test.each(servers)('%s', async (_name, listener, code, message) => {
    const { address } = await loopback(listener);
    await expectRefusal(mapArgs(address), { code, message }, join(folder, 'outs'), { home, env });
  });

  test('that is not there', async () => {
    const { address, close } = await loopback(() => {});
    await close();
    await expectRefusal(mapArgs(address), { code: 1, message: /ECONNREFUSED/ }, join(folder, 'outs'), { home, env });
  });

  test('whose address carries a password', async () => {
    const message = /must be a plain address, without user or password/;
    await expectRefusal(mapArgs('http://me:secret@127.0.0.1:1'), { code: 3, message }, join(folder, 'outs'), {
      home,
      env,
    });
  });

  test('with --json the failure is one document', async () => {
    const { address } = await loopback(status(500));
    const { code, stdout, stderr } = await runCli([...mapArgs(address), '--out', join(folder, 'x'), '--json'], {
      home,
      env,
    });
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout).error).toEqual({
      code: 'source-unavailable',
      message: expect.stringContaining('HTTP 500'),
    });
  });

  test('that says nothing can be given up by Ctrl-C', async () => {
    let asked: () => void;
    const question = new Promise<void>((resolve) => (asked = resolve));
    const { address } = await loopback(() => asked());
    const { child, done } = startCli([...mapArgs(address), '--out', join(folder, 'y')], { home });
    await question;
    child.kill('SIGINT');
    expect(await done).toMatchObject({ code: 130, stderr: expect.stringContaining('geocrop: interrupted') });
  });
});
