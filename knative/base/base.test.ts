import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadManifests } from '../local/manifests/load-manifests.ts';

const base = import.meta.dirname;
const kubectl = ['/usr/bin/kubectl', '/usr/local/bin/kubectl'].find((path) => existsSync(path));
const required = process.env.GEOCROP_REQUIRE_ALL === '1';

interface Container {
  image: string;
  securityContext: Record<string, unknown>;
  volumeMounts: { mountPath: string }[];
}

async function objects(): Promise<Record<string, unknown>[]> {
  const files = (await readdir(base)).filter((name) => name.endsWith('.yaml'));
  const texts = await Promise.all(files.map((name) => readFile(join(base, name), 'utf8')));
  return texts.flatMap((text) => parseAllDocuments(text)).map((document) => document.toJS() as Record<string, unknown>);
}

test('the local runtime can honour every manifest, and they say what the architecture says', async () => {
  const { services, consumers, pings } = await loadManifests(base, { 'geocrop-secrets': {} });
  expect(Object.fromEntries(services.map(({ process, paths }) => [process.name, paths]))).toEqual({
    auth: ['/auth', '/.well-known'],
    jobs: ['/jobs', '/processes'],
    status: ['/status'],
    tiles: ['/tiles'],
    web: ['/'],
  });
  for (const { process, minScale, timeoutMs } of services) {
    expect(process.memoryLimitBytes).toBe(512 * 2 ** 20);
    expect(minScale).toBe(0);
    expect(timeoutMs).toBeLessThanOrEqual(600_000);
  }
  expect(
    consumers.map(({ process, queue, process: { memoryLimitBytes } }) => [process.name, queue, memoryLimitBytes]),
  ).toEqual([
    ['infer', 'chunks', 2 * 2 ** 30],
    ['score', 'jobs', 2 ** 30],
  ]);
  expect(pings).toMatchObject([
    { functionName: 'jobs', path: '/jobs/-/reconcile', schedule: '* * * * *', data: '{}' },
    { functionName: 'jobs', path: '/jobs/-/retention', schedule: '*/5 * * * *', data: '{}' },
  ]);
});

test('every container is pinned, unprivileged and writes only to /tmp', async () => {
  const containers = (await objects()).flatMap((object) => {
    const spec = object.spec as { template?: { spec: { containers: Container[] } } } | undefined;
    return spec?.template?.spec.containers ?? [];
  });
  expect(containers).toHaveLength(7);
  for (const { image, securityContext, volumeMounts } of containers) {
    expect(image).toMatch(/^geocrop\/[a-z]+:\d+\.\d+\.\d+$/);
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual(['/tmp']);
  }
});

if (!kubectl && !required) process.stdout.write('skipped: kubectl is not installed, so kustomize cannot be asked\n');
test.skipIf(!kubectl && !required)('kubectl kustomize accepts the folder and lists every file', async () => {
  const { stdout } = await promisify(execFile)(kubectl ?? 'kubectl', ['kustomize', base]);
  const rendered = parseAllDocuments(stdout).map((document) => (document.toJS() as { kind: string }).kind);
  const kinds = (await objects()).map(({ kind }) => String(kind)).filter((kind) => kind !== 'Kustomization');
  expect(rendered.sort()).toEqual(kinds.sort());
});
