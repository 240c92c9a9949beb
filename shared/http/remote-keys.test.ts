import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { remoteKeys, type Fetch } from './remote-keys.ts';

const jwk = {
  ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
  kid: 'k1',
  alg: 'EdDSA',
  use: 'sig',
};
const url = 'http://auth.local/.well-known/jwks.json';
const ask = (keys: ReturnType<typeof remoteKeys>, kid = 'k1') =>
  keys({ alg: 'EdDSA', kid }, { payload: '', signature: '', protected: '' });

function counted(answer: () => Promise<Response>): { fetchKeys: Fetch; calls: () => number } {
  let calls = 0;
  const fetchKeys: Fetch = () => {
    calls++;
    return answer();
  };
  return { fetchKeys, calls: () => calls };
}

describe('remoteKeys', () => {
  test('asks nothing before the first need, then once for many', async () => {
    const { fetchKeys, calls } = counted(async () => Response.json({ keys: [jwk] }));
    const keys = remoteKeys(url, fetchKeys);
    expect(calls()).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => ask(keys)));
    expect(calls()).toBe(1);
  });

  test('unknown keys do not make it ask again and again', async () => {
    const { fetchKeys, calls } = counted(async () => Response.json({ keys: [jwk] }));
    const keys = remoteKeys(url, fetchKeys);
    for (let i = 0; i < 10; i++) await expect(ask(keys, `no-${i}`)).rejects.toThrow('no applicable key');
    expect(calls()).toBe(1);
  });

  test.each([
    ['is down', async () => Promise.reject(new TypeError('fetch failed'))],
    ['answers 500', async () => new Response('no', { status: 500 })],
    ['answers HTML', async () => new Response('<html>', { status: 200 })],
    ['answers another JSON', async () => Response.json({ hello: 1 })],
  ])('a server that %s is unavailable, and is left alone for a moment', async (_name, answer) => {
    const { fetchKeys, calls } = counted(answer);
    let time = 0;
    const keys = remoteKeys(url, fetchKeys, { now: () => time });
    for (let i = 0; i < 5; i++) await expect(ask(keys)).rejects.toMatchObject({ code: 'unavailable' });
    expect(calls()).toBe(1);
    time = 1500;
    await expect(ask(keys)).rejects.toMatchObject({ code: 'unavailable' });
    expect(calls()).toBe(2);
  });

  test('recovers when the server does', async () => {
    let up = false;
    let time = 0;
    const { fetchKeys } = counted(async () =>
      up ? Response.json({ keys: [jwk] }) : new Response('', { status: 503 }),
    );
    const keys = remoteKeys(url, fetchKeys, { now: () => time });
    await expect(ask(keys)).rejects.toMatchObject({ code: 'unavailable' });
    up = true;
    time = 2000;
    expect(await ask(keys)).toMatchObject({ type: 'public' });
  });
});
