import { expect, test } from 'vitest';
import { fastClock } from '../testing/fast-clock.ts';
import { serviceManifest } from '../testing/manifests.ts';
import { openTestRuntime, until } from '../testing/test-runtime.ts';
import { isRetried, runPingSource, type PingDelivery } from './ping-source.ts';

const pingManifest = {
  apiVersion: 'sources.knative.dev/v1',
  kind: 'PingSource',
  metadata: { name: 'reconcile', namespace: 'geocrop' },
  spec: {
    schedule: '* * * * *',
    contentType: 'application/json',
    data: '{}',
    sink: { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'jobs' }, uri: '/jobs/-/tick' },
  },
};

const spec = {
  name: 'p',
  namespace: 'n',
  schedule: '* * * * *',
  contentType: 'application/json',
  data: '{}',
  functionName: 'jobs',
  path: '/tick',
};

interface Tick {
  headers: Record<string, string>;
  body: string;
}

const ticks = (lines: string[]) =>
  lines.filter((line) => line.startsWith('tick ')).map((line) => JSON.parse(line.slice(5)) as Tick);

test('an event a minute reaches the function, from zero, and is sent again with the same id', async () => {
  // A window of a minute, as it is by default, would let it go to zero just when the next event comes.
  const manifests = [serviceManifest('jobs', { annotations: { window: '10m' } }), pingManifest];
  const runtime = await openTestRuntime(manifests, { clock: fastClock(60), env: { FAIL_EVENTS: '1' } });
  await until(
    () => ticks(runtime.output('jobs')).length >= 3,
    () => JSON.stringify(runtime.lines),
  );
  const [first, again, second] = ticks(runtime.output('jobs'));
  expect(first.body).toBe('{}');
  expect(first.headers).toMatchObject({
    'ce-specversion': '1.0',
    'ce-type': 'dev.knative.sources.ping',
    'ce-source': '/apis/v1/namespaces/geocrop/pingsources/reconcile',
    'content-type': 'application/json',
  });
  expect(first.headers['ce-time']).toMatch(/:00\.000Z$/);
  expect(again.headers['ce-id']).toBe(first.headers['ce-id']);
  expect(second.headers['ce-id']).not.toBe(first.headers['ce-id']);
  expect((await runtime.stats())[0].starts).toBe(1);
});

test('nobody outside can send it', async () => {
  const runtime = await openTestRuntime([serviceManifest('jobs', {}), pingManifest]);
  for (const path of ['/jobs/-/tick', '/jobs/%2d/tick', '/jobs//-/tick', '/jobs/x%2F-%2Ftick'])
    expect((await fetch(runtime.url + path, { method: 'POST' })).status, path).toBe(404);
  expect((await runtime.stats())[0].starts).toBe(0);
});

test('a point that comes while one is under way is passed over', async () => {
  const stop = new AbortController();
  const sent: PingDelivery[] = [];
  let running = 0;
  const send = async (delivery: PingDelivery) => {
    expect(++running).toBe(1);
    sent.push(delivery);
    // Two and a half minutes of the fast clock.
    await new Promise((resolve) => setTimeout(resolve, 150));
    running -= 1;
    return 200;
  };
  const source = runPingSource(spec, fastClock(1000), send, stop.signal, expect.unreachable);
  await until(
    () => sent.length === 3,
    () => `${sent.length} events`,
  );
  stop.abort();
  await source;
  const minutes = sent.map(({ headers }) => Date.parse(headers['ce-time']) / 60_000);
  expect(minutes[1] - minutes[0]).toBeGreaterThanOrEqual(2);
});

test.each([
  [400, 1],
  [401, 1],
  [403, 1],
  [404, 6],
  [408, 6],
  [409, 6],
  [429, 6],
  [500, 6],
  [503, 6],
])('an answer of %i means %i tries, then a complaint', async (status, tries) => {
  const stop = new AbortController();
  let sent = 0;
  const complaint = Promise.withResolvers<string>();
  const send = () => Promise.resolve((sent += 1) && status);
  const source = runPingSource(spec, fastClock(2000), send, stop.signal, complaint.resolve);
  expect(await complaint.promise).toContain(`answered ${status}`);
  stop.abort();
  await source;
  expect(sent % tries).toBe(0);
  expect(isRetried(status)).toBe(tries > 1);
});
