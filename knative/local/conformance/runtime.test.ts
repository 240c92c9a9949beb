import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fastClock } from '../testing/fast-clock.ts';
import { serviceManifest } from '../testing/manifests.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openTestRuntime, testFunctions, until, type TestRuntime } from '../testing/test-runtime.ts';
import type { RuntimeOptions } from '../runtime-options.ts';
import type { hostInfo } from '../testing/functions/contract/host-info.ts';

// The runtime contract's tests of Knative Serving (Apache-2.0), rewritten for a runtime of processes. Every name is the
// upstream test's; docs/knative-conformance.md says what became of the others.

type Info = Awaited<ReturnType<typeof hostInfo>>;
type Over = Parameters<typeof serviceManifest>[1];

const portedNames: string[] = [];
function ported(name: string, run: () => Promise<unknown>) {
  portedNames.push(name);
  test(name, run);
}

const valueSet = (kind: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'conformance' },
  [kind === 'Secret' ? 'stringData' : 'data']: data,
});

async function runtimeInfo(over: Over, others: Record<string, unknown>[] = [], options: Partial<RuntimeOptions> = {}) {
  const runtime = await openTestRuntime([serviceManifest('contract', over), ...others], options);
  const headers = { 'x-user': 'conformance', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  const answer = await fetch(`${runtime.url}/contract/info`, { headers });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Info;
}

/** What a plain function sees, asked once. */
let plain: Promise<Info> | null = null;
const plainInfo = () => (plain ??= runtimeInfo({}));

const refusal = (container: Record<string, unknown>) =>
  openTestRuntime([serviceManifest('contract', { container })]).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

describe('command', () => {
  ported('TestCmdArgs', async () => {
    const command = [process.execPath, join(testFunctions, 'contract', 'main.ts'), 'abra'];
    const { args } = await runtimeInfo({ container: { command, args: ['cadabra', 'do'] } });
    expect(args).toEqual([...command, 'cadabra', 'do']);
  });

  ported('TestWorkingDirService', async () => {
    expect((await runtimeInfo({ container: { workingDir: '/tmp' } })).cwd).toBe('/tmp');
  });

  ported('TestShouldHaveStdinEOF', async () => expect((await plainInfo()).stdinEof).toBe(true));
});

describe('what a container may not ask for is refused in words', () => {
  const lifecycle = (hook: string) => ({ lifecycle: { [hook]: { exec: { command: ['true'] } } } });
  const cases: [name: string, container: Record<string, unknown>, message: RegExp][] = [
    [
      'TestMustNotContainerConstraints/TestArbitraryPortName',
      { ports: [{ name: 'arbitrary' }] },
      /ports\[0\]\.name must be/,
    ],
    [
      'TestMustNotContainerConstraints/TestMountPropagation',
      { volumeMounts: [{ name: 'x', mountPath: '/', mountPropagation: 'HostToContainer' }] },
      /mountPropagation cannot be honoured/,
    ],
    ['TestShouldNotContainerConstraints/TestPoststartHook', lifecycle('postStart'), /lifecycle cannot be honoured/],
    ['TestShouldNotContainerConstraints/TestPrestopHook', lifecycle('preStop'), /lifecycle cannot be honoured/],
    [
      'TestShouldNotContainerConstraints/TestMultiplePorts',
      { ports: [{ containerPort: 80 }, { containerPort: 81 }] },
      /ports has several ports/,
    ],
    ['TestShouldNotContainerConstraints/TestHostPort', { ports: [{ hostPort: 80 }] }, /hostPort cannot be honoured/],
    ['TestShouldNotContainerConstraints/TestStdin', { stdin: true }, /stdin cannot be honoured/],
    ['TestShouldNotContainerConstraints/TestStdinOnce', { stdinOnce: true }, /stdinOnce cannot be honoured/],
    ['TestShouldNotContainerConstraints/TestTTY', { tty: true }, /tty cannot be honoured/],
    [
      'TestShouldNotContainerConstraints/TestInvalidUID',
      { securityContext: { runAsUser: -10 } },
      /runAsUser is not a user id/,
    ],
  ];
  for (const [name, container, message] of cases)
    ported(name, async () => expect(await refusal(container)).toMatch(message));
});

describe('environment', () => {
  const key = 'CONFORMANCE_KEY';
  const data = { [key]: 'a value' };
  const reference = { name: 'conformance', key };
  const cases: [string, Record<string, unknown>, string][] = [
    ['TestSecretsViaEnv/env', { env: [{ name: key, valueFrom: { secretKeyRef: reference } }] }, 'Secret'],
    ['TestSecretsViaEnv/envFrom', { envFrom: [{ secretRef: { name: 'conformance' } }] }, 'Secret'],
    ['TestConfigsViaEnv/env', { env: [{ name: key, valueFrom: { configMapKeyRef: reference } }] }, 'ConfigMap'],
    ['TestConfigsViaEnv/envFrom', { envFrom: [{ configMapRef: { name: 'conformance' } }] }, 'ConfigMap'],
  ];
  for (const [name, container, kind] of cases)
    ported(name, async () => {
      expect((await runtimeInfo({ container }, [valueSet(kind, data)])).env[key]).toBe('a value');
    });

  test('a Secret that only the caller has', async () => {
    const container = { envFrom: [{ secretRef: { name: 'conformance' } }] };
    expect((await runtimeInfo({ container }, [], { secrets: { conformance: data } })).env[key]).toBe('a value');
    await expect(runtimeInfo({ container })).rejects.toThrow(/needs the Secret conformance/);
  });

  ported('TestShouldEnvVars', async () => {
    const { env } = await plainInfo();
    expect(env).toMatchObject({ K_SERVICE: 'contract', K_CONFIGURATION: 'contract', K_REVISION: 'contract-00001' });
  });

  // Upstream asks for port 8801 and gets it; processes of one machine share its ports, so that the runtime chooses.
  ported('TestMustEnvVars', async () => {
    const { env } = await runtimeInfo({ container: { ports: [{ containerPort: 8801 }] } });
    const answer = await fetch(`http://127.0.0.1:${env.PORT}/info`);
    expect(((await answer.json()) as Info).env.PORT).toBe(env.PORT);
  });
});

describe('file system', () => {
  ported('TestMustHaveFiles', async () => {
    const { files } = await plainInfo();
    const links = { '/dev/fd': '/proc/self/fd', '/dev/stdin': '/proc/self/fd/0', '/dev/stdout': '/proc/self/fd/1' };
    for (const [path, link] of Object.entries(links)) expect(files[path]?.link, path).toBe(link);
    const folders = ['/dev/fd', '/proc/self/fd', '/tmp'];
    for (const [path, file] of Object.entries(files)) expect(file?.isDir, path).toBe(folders.includes(path));
    expect(files['/tmp']?.mode).toBe(0o777);
  });
});

describe('headers', () => {
  // RFC 7239, section 4: pairs of a token and a token or quoted string.
  const element = /^[\w!#$%&'*+.^|~-]+=([\w!#$%&'*+.^|~-]+|"[^"]*")$/;

  ported('TestMustHaveHeadersSet', async () => {
    const { headers } = (await plainInfo()).request;
    expect(headers.host).not.toBe('');
    for (const pair of String(headers.forwarded).split(/[;,]/)) expect(pair.trim()).toMatch(element);
  });

  ported('TestShouldHaveHeadersSet', async () => {
    const { headers } = (await plainInfo()).request;
    expect(headers['x-user']).toBe('conformance');
    expect(headers['x-forwarded-proto']).toMatch(/^https?$/);
    expect(headers['x-forwarded-for']).toMatch(/^[\d.]+(, [\d.]+)*$/);
    expect(headers.traceparent).toMatch(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
  });
});

describe('protocols', () => {
  for (const name of ['http1', '']) {
    ported(`TestProtocols/${name || 'default'}`, async () => {
      const { request } = await (name ? runtimeInfo({ container: { ports: [{ name }] } }) : plainInfo());
      expect(request.httpVersion).toBe('1.1');
    });
  }

  test('h2c, which functions do not speak, is refused in words', async () => {
    expect(await refusal({ ports: [{ name: 'h2c' }] })).toMatch(/must be http1 or absent/);
  });
});

describe('probes', () => {
  const handlers = {
    httpGet: { env: 'READY_DELAY_MS', handler: { httpGet: { path: '/health/readiness' } } },
    tcpSocket: { env: 'LISTEN_DELAY_MS', handler: { tcpSocket: {} } },
    exec: { env: 'READY_DELAY_MS', handler: { exec: { command: ['/bin/sh', '-c', 'test -e "$READY_FILE"'] } } },
  };
  for (const [name, { env, handler }] of Object.entries(handlers))
    for (const periodSeconds of [0, 1])
      ported(`TestProbeRuntime/${name}${periodSeconds ? '-period=1' : ''}`, async () => {
        const container = {
          readinessProbe: { ...handler, periodSeconds, ...(periodSeconds ? { timeoutSeconds: 5 } : {}) },
        };
        const runtime = await openTestRuntime([serviceManifest('contract', { container })], {
          env: { [env]: '800', READY_FILE: join(await temporaryFolder(), 'ready') },
        });
        const begun = Date.now();
        const answer = await fetch(`${runtime.url}/contract/health/readiness`);
        expect([answer.status, await answer.text()]).toEqual([200, 'Hello World']);
        expect(Date.now() - begun).toBeGreaterThan(800);
      });

  const state = async (runtime: TestRuntime) =>
    (await (await fetch(`${runtime.url}/contract/state`)).json()) as { checks: number; pid: number };

  // Upstream accepts both a request that waits and a 503; here the activator is always present, so that it waits.
  for (const periodSeconds of [0, 1])
    ported(`TestProbeRuntimeAfterStartup/periodSeconds=${periodSeconds}`, async () => {
      const container = { readinessProbe: { httpGet: { path: '/health/readiness' }, periodSeconds } };
      const manifest = serviceManifest('contract', { container });
      const limits = { waitLimitMs: 40_000 };
      const runtime = await openTestRuntime([manifest], { clock: fastClock(10), limits });
      const failing = await fetch(`${runtime.url}/contract/start-failing`, { method: 'POST' });
      expect(failing.status).toBe(200);
      await until(
        async () => (await runtime.stats())[0].ready === 0,
        () => 'it becomes unready',
      );
      const answer = await fetch(`${runtime.url}/contract/info`);
      expect(answer.status).toBe(504);
      expect(await answer.text()).toContain('no process of contract was free');
    });

  test('a process that becomes ready again takes the requests that wait', async () => {
    const runtime = await openTestRuntime([serviceManifest('contract', {})], { clock: fastClock(10) });
    const { env } = (await (await fetch(`${runtime.url}/contract/info`)).json()) as Info;
    await fetch(`${runtime.url}/contract/start-failing`, { method: 'POST' });
    await until(
      async () => (await runtime.stats())[0].ready === 0,
      () => 'it becomes unready',
    );
    const waiting = fetch(`${runtime.url}/contract/info`);
    await fetch(`http://127.0.0.1:${env.PORT}/recover`);
    expect((await waiting).status).toBe(200);
  });

  ported('TestLivenessWithFail', async () => {
    const livenessProbe = { httpGet: { path: '/health/liveness', port: 8080 }, periodSeconds: 1, failureThreshold: 3 };
    const manifest = serviceManifest('contract', { container: { livenessProbe, ports: [{ containerPort: 8080 }] } });
    const runtime = await openTestRuntime([manifest], { clock: fastClock(5) });
    await until(
      async () => (await state(runtime)).checks >= 5,
      () => 'five checks',
    );
    const { pid } = await state(runtime);
    expect((await runtime.stats())[0].failures).toBe(0);
    await fetch(`${runtime.url}/contract/start-failing?liveness`, { method: 'POST' });
    await until(
      async () => (await state(runtime)).pid !== pid,
      () => 'it is started again',
    );
    expect((await runtime.stats())[0].lastFailure).toBe('failed its liveness probe and was stopped');
    await until(
      async () => (await state(runtime)).checks >= 5,
      () => 'five checks again',
    );
  });
});

test('docs/knative-conformance.md lists every upstream test, and as ported exactly what is', async () => {
  const list = await readFile(join(import.meta.dirname, 'upstream-tests.txt'), 'utf8');
  const upstream = list.split('\n').filter((line) => line.startsWith('Test'));
  const docs = await readFile(join(import.meta.dirname, '../../../docs/knative-conformance.md'), 'utf8');
  const rows = [...docs.matchAll(/^\| `(\w+(?:\/[\w=-]+)?)` \| (ported|not applicable) \|(.*)\|$/gm)];
  expect(rows.map(([, name]) => name).sort()).toEqual([...upstream].sort());
  const listed = rows.filter(([, , verdict]) => verdict === 'ported').map(([, name]) => name);
  expect(listed.sort()).toEqual([...portedNames].sort());
  expect(docs).toContain(`${portedNames.length} of ${upstream.length}`);
  process.stdout.write(`Knative runtime conformance: ${portedNames.length} ported of ${upstream.length}\n`);
});
