import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { workFolder } from '#shared/testing/work-folder.ts';
import { writeSession } from '../client/session.ts';
import type { CliContext } from '../context.ts';
import { getResults } from './results.ts';

const work = workFolder('results');
const sha256 = createHash('sha256').update('the map').digest('hex');
let body = 'the map';

const server = createServer(({ url }, response) => {
  const job = { status: 'successful', summary: { files: [{ name: 'map.tif', sha256 }] } };
  response.setHeader('content-type', 'application/json');
  response.end(url!.endsWith('/results/map.tif') ? body : JSON.stringify(job));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokens = { accessToken: 'a', refreshToken: 'r', expiresAt: Date.now() + 1e9 };
  await writeSession(work, { url, name: 'amina', ...tokens });
});
afterAll(() => server.close());

const get = () => {
  const context = { settings: { home: work }, signal: new AbortController().signal, print: () => {} };
  return getResults('job', { out: join(work, 'out') }, context as unknown as CliContext);
};

test('what came damaged leaves nothing beside the folder; the next try fetches it', async () => {
  body = 'the mop';
  await expect(get()).rejects.toThrow('map.tif came damaged');
  expect(readdirSync(work)).toEqual(['session.json']);
  body = 'the map';
  await get();
  expect(readFileSync(join(work, 'out', 'map.tif'), 'utf8')).toBe('the map');
});
