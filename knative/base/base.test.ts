import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readPlatformSettings } from '#shared/config/platform-settings.ts';
import { loadManifests } from '../local/manifests/load-manifests.ts';

const base = import.meta.dirname;
const kubectl = ['/usr/bin/kubectl', '/usr/local/bin/kubectl'].find((path) => existsSync(path));
const required = process.env.GEOCROP_REQUIRE_ALL === '1';

/** What the two Secrets of a cluster hold. */
const secrets = {
  'geocrop-secrets': {
    DATABASE_URL: 'postgres://db/geocrop',
    GEOCROP_OBJECTS_S3_ENDPOINT: 'http://s3.example:9000',
    GEOCROP_OBJECTS_S3_ACCESS_KEY: 'reader',
    GEOCROP_OBJECTS_S3_SECRET_KEY: 'of the bucket',
    GEOCROP_SQS_ENDPOINT: 'http://elasticmq.geocrop.svc:9324',
    GEOCROP_SQS_ACCESS_KEY: 'worker',
    GEOCROP_SQS_SECRET_KEY: 'of the queue',
  },
  'geocrop-auth': { GEOCROP_SIGNING_KEY: '{}', GEOCROP_ADMIN_PASSWORD: 'of the first admin' },
};

interface Container {
  image: string;
  securityContext: Record<string, unknown>;
  volumeMounts: { mountPath: string }[];
}

interface Scaled {
  triggers: { metadata: { queueURL: string; awsEndpoint: string } }[];
}

interface Keys {
  secretTargetRef: { parameter: string; name: string; key: string }[];
}

async function objects(): Promise<Record<string, unknown>[]> {
  const files = (await readdir(base)).filter((name) => name.endsWith('.yaml'));
  const texts = await Promise.all(files.map((name) => readFile(join(base, name), 'utf8')));
  return texts.flatMap((text) => parseAllDocuments(text)).map((document) => document.toJS() as Record<string, unknown>);
}

test('the local runtime can honour every manifest, and they say what the architecture says', async () => {
  const { services, consumers, pings } = await loadManifests(base, { 'geocrop-secrets': {}, 'geocrop-auth': {} });
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

test('only auth is given what signs, nothing is given to web, and every function can read what it is given', async () => {
  const { services, consumers } = await loadManifests(base, secrets);
  const given = [...services, ...consumers].map(({ process: { name, env } }) => {
    const { databaseUrl, objects, sqs, signingKey, adminPassword } = readPlatformSettings(env);
    return [name, { servers: [databaseUrl, objects, sqs].every(Boolean), signs: Boolean(signingKey ?? adminPassword) }];
  });
  const works = { servers: true, signs: false };
  expect(Object.fromEntries(given)).toEqual({
    auth: { servers: true, signs: true },
    web: { servers: false, signs: false },
    ...Object.fromEntries(['jobs', 'status', 'tiles', 'score', 'infer'].map((name) => [name, works])),
  });
});

test('every function listens where the probes of a cluster find it', async () => {
  const { services, consumers } = await loadManifests(base, secrets);
  const hosts = [...services, ...consumers].map(({ process: { name, env } }) => [name, readPlatformSettings(env).host]);
  expect(hosts).toHaveLength(7);
  expect(hosts.filter(([, host]) => host !== '0.0.0.0')).toEqual([]);
});

test("KEDA asks by an address that is known in every namespace, with the functions' own keys", async () => {
  const all = await objects();
  const { namespace } = all.find(({ kind }) => kind === 'Kustomization') as { namespace: string };
  const triggers = all.filter(({ kind }) => kind === 'ScaledObject').map(({ spec }) => (spec as Scaled).triggers[0]);
  expect(triggers).toHaveLength(2);
  for (const { metadata } of triggers) {
    expect(new URL(metadata.awsEndpoint).hostname).toMatch(new RegExp(`^[a-z-]+\\.${namespace}\\.svc$`));
    expect(new URL(metadata.queueURL).host).toBe(new URL(metadata.awsEndpoint).host);
  }
  const authentication = all.find(({ kind }) => kind === 'TriggerAuthentication') as { spec: Keys };
  const keys = authentication.spec.secretTargetRef.map(({ parameter, name, key }) => {
    const secret = secrets[name as keyof typeof secrets] as Record<string, string>;
    return [parameter, secret[key]];
  });
  const { credentials } = readPlatformSettings(secrets['geocrop-secrets']).sqs!;
  expect(Object.fromEntries(keys)).toEqual({
    awsAccessKeyID: credentials.accessKeyId,
    awsSecretAccessKey: credentials.secretAccessKey,
  });
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
