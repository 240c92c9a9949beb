import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createLogger } from '#shared/http/logger.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { createWebApp } from './app.ts';
import type { WebDeps } from './deps.ts';

const page = '<!doctype html><title>GeoCrop</title>';
const script = 'console.log("map")'.repeat(100);

async function webApp(deps: Partial<WebDeps> = {}) {
  const folder = workFolder('web');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, 'index.html'), page);
  await writeFile(join(folder, '.key'), 'secret');
  await writeFile(join(folder, 'assets', 'map-1a2b.js'), script);
  await writeFile(join(folder, 'assets', 'map-1a2b.js.br'), brotliCompressSync(script));
  return createWebApp({
    folder,
    apiDocument: async () => ({ openapi: '3.1.0' }),
    demo: async () => null,
    basemap: null,
    version: '1.2.3',
    logger: createLogger(() => undefined),
    ...deps,
  });
}

test.each(['/', '/app', '/app/jobs/3f0e', '/app/%3Cscript%3E'])('%s is the page, never kept', async (path) => {
  const reply = await (await webApp()).request(path);
  expect([reply.status, await reply.text()]).toEqual([200, page]);
  expect(reply.headers.get('cache-control')).toBe('no-cache');
  expect(reply.headers.get('content-type')).toContain('text/html');
});

test('the page may run nothing but its own files', async () => {
  const policy = (await (await webApp()).request('/')).headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  expect(policy).not.toMatch(/https?:/);
});

test('pictures may come from the base map that was set, and from there alone', async () => {
  const basemap = { url: 'https://{a-c}.tiles.example.org/{z}/{x}/{y}.png', attribution: 'them' };
  const app = await webApp({ basemap });
  const policy = (await app.request('/')).headers.get('content-security-policy')!;
  expect(policy).toContain("img-src 'self' blob: data: https://*.tiles.example.org;");
  expect(policy).toContain("connect-src 'self';");
  expect(await (await app.request('/settings.json')).json()).toEqual({ basemap, version: '1.2.3' });
});

test('an asset is kept for ever, and sent as small as the browser takes it', async () => {
  const app = await webApp();
  const plain = await app.request('/assets/map-1a2b.js');
  expect([plain.status, await plain.text()]).toEqual([200, script]);
  expect(plain.headers.get('cache-control')).toContain('immutable');
  const small = await app.request('/assets/map-1a2b.js', { headers: { 'accept-encoding': 'gzip, br' } });
  expect(small.headers.get('content-encoding')).toBe('br');
  expect(small.headers.get('content-type')).toContain('javascript');
  expect(brotliDecompressSync(Buffer.from(await small.arrayBuffer())).toString()).toBe(script);
});

test.each([
  '/assets/none.js',
  '/assets/../.key',
  '/assets/%2e%2e/.key',
  '/assets/..%2f.key',
  '/assets//etc/passwd',
  '/.key',
  '/index.html/../.key',
  '/wp-login.php',
  '/demo.json',
])('%s is nowhere', async (path) => {
  const reply = await (await webApp()).request(path);
  expect(reply.status).toBe(404);
  expect(await reply.text()).not.toContain('secret');
});

test('a deployment with a demo says which job it is and how to read it', async () => {
  const demo = { job: '0b7f3c52-6c52-4b6e-9a94-1f3f3c3a7d10', share: 'k' };
  expect(await (await (await webApp({ demo: async () => demo })).request('/demo.json')).json()).toEqual(demo);
});
