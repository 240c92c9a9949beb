import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { consumerManifests, manifestFolder, serviceManifest } from '../testing/manifests.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { parseDuration } from './duration.ts';
import { loadManifests } from './load-manifests.ts';
import { parseBytes } from './quantity.ts';

const load = async (...objects: Record<string, unknown>[]) => loadManifests(await manifestFolder(objects));

async function loadText(text: string) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.yaml'), text);
  return loadManifests(folder);
}

test('reads what a Service says', async () => {
  const annotations = { 'min-scale': '1', 'max-scale': '4', window: '1m30s', 'scale-down-delay': '15s', target: '20' };
  const container = { resources: { limits: { memory: '512Mi', cpu: '500m' } }, env: [{ name: 'A', value: 'b' }] };
  const spec = { containerConcurrency: 8, timeoutSeconds: 60 };
  const { services } = await load(
    serviceManifest('jobs', { annotations, container, spec, paths: '/jobs, /processes' }),
  );
  expect(services[0]).toMatchObject({
    paths: ['/jobs', '/processes'],
    concurrency: 8,
    target: 8,
    timeoutMs: 60_000,
    minScale: 1,
    maxScale: 4,
    initialScale: 1,
    idleMs: 105_000,
    process: { name: 'jobs', env: { A: 'b' }, memoryLimitBytes: 536_870_912, graceMs: 60_000 },
  });
});

test('reads what a ScaledObject and its Deployment say', async () => {
  const scaled = { maxReplicaCount: 3, cooldownPeriod: 60 };
  const { consumers } = await load(...consumerManifests('infer', scaled, {}, { terminationGracePeriodSeconds: 15 }));
  expect(consumers[0]).toMatchObject({
    queue: 'infer-queue',
    maxReplicas: 3,
    minReplicas: 0,
    cooldownMs: 60_000,
    pollMs: 1000,
    countInFlight: true,
    process: { name: 'infer', graceMs: 15_000 },
  });
});

test('what only a cluster needs is passed over', async () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'jobs' } };
  const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'jobs' } };
  expect(await load(account, budget)).toEqual({ services: [], consumers: [], pings: [] });
});

describe('refuses with a sentence what it cannot honour', () => {
  const service = (over: Parameters<typeof serviceManifest>[1]) => serviceManifest('jobs', over);
  test.each([
    [service({ annotations: { minScale: '1' } }), /minScale.* does not know/],
    [service({ annotations: { 'max-scale': undefined } }), /max-scale must be set/],
    [service({ annotations: { 'max-scale': '1', 'min-scale': '2' } }), /min-scale 2 is above max-scale 1/],
    [service({ annotations: { window: '5s' } }), /window must be a duration from 6s/],
    [service({ annotations: { metric: 'rps' } }), /metric must be concurrency/],
    [service({ annotations: { 'target-burst-capacity': '200' } }), /target-burst-capacity must be -1/],
    [service({ annotations: { class: 'hpa.autoscaling.knative.dev' } }), /must be the KPA/],
    [service({ spec: { timeoutSeconds: 601 } }), /timeoutSeconds/],
    [service({ spec: { initContainers: [{}] } }), /initContainers cannot be honoured/],
    [service({ spec: { volumes: [{ name: 'x', secret: {} }] } }), /emptyDir/],
    [service({ container: { startupProbe: {} } }), /startupProbe cannot be honoured/],
    [service({ container: { livenessProbe: { httpGet: {}, tcpSocket: {} } } }), /several handlers/],
    [service({ container: { livenessProbe: { httpGet: { port: 9 } } } }), /asks port 9/],
    [service({ container: { readinessProbe: { tcpSocket: {}, failureThreshold: 2 } } }), /neither failureThreshold/],
    [service({ container: { env: [{ name: 'PORT', value: '1' }] } }), /reserved/],
    [service({ container: { env: [{ name: 'A', valueFrom: { fieldRef: {} } }] } }), /no pod to describe/],
    [service({ container: { resources: { limits: { memory: 'lots' } } } }), /not an amount of memory/],
    [service({ paths: '/jobs/../x' }), /not a path prefix/],
    [service({ paths: 'jobs' }), /not a path prefix/],
    [serviceManifest('../x', {}), /not a name for a function/],
    [{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'x' } }, /cannot run a batch\/CronJob/],
    [{ apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', metadata: { name: 'x' } }, /cannot run/],
    [consumerManifests('infer', {})[0], /has 0 ScaledObjects/],
    [consumerManifests('infer', {})[1], /there is no Deployment infer/],
  ])('%#', async (object, message) => {
    await expect(load(object as Record<string, unknown>)).rejects.toThrow(message);
  });

  test('two functions of one name', async () => {
    await expect(load(service({}), service({}))).rejects.toThrow(/two manifests are called jobs/);
  });

  test('a queue without a name', async () => {
    const manifests = consumerManifests('infer', {}, {}, {}, { queueURL: 'http://queue.local/' });
    await expect(load(...manifests)).rejects.toThrow(/does not end in the name of a queue/);
  });

  test.each([
    ['{', /a.yaml is not YAML/],
    ['[1]', /not a Kubernetes object/],
    ['kind: X', /not a Kubernetes object/],
    ['a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]', /alias/i],
  ])('a file that is not a manifest: %j', async (text, message) => {
    await expect(loadText(text)).rejects.toThrow(message);
  });
});

test.each([
  ['90s', 90_000],
  ['1m30s', 90_000],
  ['0.5s', 500],
  ['0', 0],
  ['5', Number.NaN],
  ['-5s', Number.NaN],
])('the duration %s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each([
  ['512Mi', 536_870_912],
  ['2Gi', 2_147_483_648],
  ['1M', 1_000_000],
  ['x', Number.NaN],
])('the quantity %s is %d bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));
