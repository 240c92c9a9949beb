import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { runCli } from '#shared/testing/run-cli.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { logInAdmin } from './testing/api-user.ts';
import { endPlatforms, functionProcesses, startPlatform } from './testing/test-platform.ts';

const folder = workFolder('secrets');
const secrets = ['DATABASE_URL', 'GEOCROP_ADMIN_PASSWORD', 'GEOCROP_SIGNING_KEY', 'GEOCROP_SIGNING_KEY_FILE'];
afterAll(endPlatforms);

/** Which of the secrets each function that runs was given. */
const given = (home: string): Record<string, string[]> =>
  Object.fromEntries(
    functionProcesses(home).map(({ pid, name }) => {
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      return [name, secrets.filter((secret) => variables.some((variable) => variable.startsWith(`${secret}=`)))];
    }),
  );

test('the key of the environment signs, and each function sees the secrets that it needs', async () => {
  const home = join(folder, 'home');
  // The key as anybody would make it, not by our own code.
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as JWK;
  const platform = await startPlatform(home, {
    GEOCROP_SIGNING_KEY: JSON.stringify(jwk),
    GEOCROP_ADMIN_PASSWORD: 'a-password-of-the-environment',
  });
  const { keys } = (await (await fetch(`${platform.url}/.well-known/jwks.json`)).json()) as { keys: JWK[] };
  expect(keys).toMatchObject([{ x: jwk.x, kid: await calculateJwkThumbprint(jwk) }]);
  expect(keys[0]).not.toHaveProperty('d');
  expect(existsSync(join(home, 'signing-key.json'))).toBe(false);

  const admin = await logInAdmin(platform.url, home);
  expect((await admin.json('/jobs')).status).toBe(200);
  expect((await fetch(platform.url)).status).toBe(200);
  expect(given(home)).toEqual({ auth: ['DATABASE_URL', 'GEOCROP_SIGNING_KEY'], jobs: ['DATABASE_URL'], web: [] });
  await platform.interrupt();
}, 120_000);

test('a key that cannot sign is refused by its name, never its value', async () => {
  const env = { PORT: '0', GEOCROP_SIGNING_KEY: '{"kty":"OKP","crv":"Ed25519","d":"hunter22"}' };
  const { code, stderr } = await runCli(['start', '--no-demo'], { home: join(folder, 'refused'), env });
  expect(code).toBe(2);
  expect(stderr).toMatch(/GEOCROP_SIGNING_KEY cannot be used: .*Ed25519/);
  expect(stderr).not.toContain('hunter22');
});
