import { HTTPException } from 'hono/http-exception';
import { describe, expect, test } from 'vitest';
import { z } from '@hono/zod-openapi';
import { createRoute } from '@hono/zod-openapi';
import { GeoCropError } from '#shared/domain/errors.ts';
import { createApp } from './create-app.ts';
import { createLogger } from './logger.ts';

function appWithLog(checks = {}) {
  const lines: string[] = [];
  const logger = createLogger((line) => lines.push(line), { level: 'debug' });
  const app = createApp({ name: 'test', version: '1', logger, readiness: checks });
  const throwing = (path: string, error: unknown) =>
    app.get(path, () => {
      throw error;
    });
  throwing('/refused', new GeoCropError('invalid-aoi', 'the radius is 0; give at least 50 m', { field: 'radius_m' }));
  throwing('/quota', new GeoCropError('quota-exceeded', 'all 5 submissions are used'));
  throwing('/broken', new Error('connect to postgres://geo:s3cret@db:5432 failed'));
  throwing('/starting', Object.assign(new Error('the database system is starting up'), { code: '57P03' }));
  throwing('/nobody', Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }));
  throwing('/cut', new Error('Connection terminated unexpectedly'));
  const away = 'the object store at http://minio.internal:9000 does not serve geocrop-results/a';
  throwing('/operator/unavailable', new GeoCropError('unavailable', away, { forOperator: true }));
  throwing('/operator/setup-missing', new GeoCropError('setup-missing', 'set GEOCROP_OBJECTS_S3_REGION'));
  throwing(
    '/operator/damaged-model',
    new GeoCropError('damaged-model', 'the model in /srv/secret/models/a has no a.onnx'),
  );
  throwing('/operator/disk-full', new GeoCropError('disk-full', 'the disk that holds /srv/secret is full'));
  throwing('/path', new GeoCropError('broken-scene', '/srv/secret/packs/B04.tif cannot be read'));
  throwing('/teapot', new HTTPException(418, { message: 'inner words' }));
  app.openapi(
    createRoute({
      method: 'post',
      path: '/shapes/{id}',
      request: {
        params: z.object({ id: z.coerce.number() }),
        query: z.object({ limit: z.coerce.number().max(10).optional() }),
        body: {
          required: true,
          content: { 'application/json': { schema: z.strictObject({ aoi: z.object({ radius: z.number() }) }) } },
        },
      },
      responses: { 204: { description: 'ok' } },
    }),
    (c) => c.body(null, 204),
  );
  return { app, lines };
}

const post = (path: string, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  appWithLog().app.request(path, { method: 'POST', body, headers });

describe('problems', () => {
  test.each(['/starting', '/nobody', '/cut'])('a database that is away is 503, and logged (%s)', async (path) => {
    const { app, lines } = appWithLog();
    const reply = await app.request(path);
    expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([503, 'unavailable']);
    expect(lines.join()).toContain('Request:Failed');
  });

  test('an error of the domain names its field and keeps its sentence', async () => {
    const reply = await appWithLog().app.request('/refused', { headers: { 'x-request-id': 'abc-1' } });
    expect(reply.status).toBe(422);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(reply.headers.get('x-request-id')).toBe('abc-1');
    expect(await reply.json()).toEqual({
      type: '/problems/invalid-aoi',
      title: 'Invalid area',
      status: 422,
      detail: 'the radius is 0; give at least 50 m',
      instance: '/refused',
      code: 'invalid-aoi',
      requestId: 'abc-1',
      field: 'radius_m',
    });
  });

  test.each([
    ['unavailable', 503, 'minio.internal'],
    ['setup-missing', 500, 'GEOCROP_OBJECTS_S3_REGION'],
    ['damaged-model', 500, '/srv/secret/models/a'],
    ['disk-full', 507, '/srv/secret'],
  ])('what the operator is to mend (%s) is said in general words, and logged in full', async (code, status, secret) => {
    const { app, lines } = appWithLog();
    const reply = await app.request(`/operator/${code}`);
    const { detail, ...problem } = (await reply.json()) as { detail: string };
    expect([reply.status, problem]).toEqual([status, expect.objectContaining({ code })]);
    expect(detail).not.toContain(secret);
    expect(detail).toContain(`give the request id ${reply.headers.get('x-request-id')}`);
    expect(lines.find((line) => line.includes('Request:Failed'))).toContain(secret);
  });

  test('no sentence says in which folder of the server a file lies', async () => {
    const reply = await appWithLog().app.request('/path');
    expect(await reply.json()).toMatchObject({ detail: 'B04.tif cannot be read' });
  });

  test('what is not there is called by the whole path that was asked for', async () => {
    const reply = await appWithLog().app.request('/jobs/7/nothing');
    expect(await reply.json()).toMatchObject({ detail: 'there is nothing at /jobs/7/nothing' });
  });

  test('a quota is 403, for waiting does not help', async () => {
    expect((await appWithLog().app.request('/quota')).status).toBe(403);
  });

  test('an unknown error tells nothing but the request id, and is logged without its secret', async () => {
    const { app, lines } = appWithLog();
    const reply = await app.request('/broken');
    const text = await reply.text();
    expect(reply.status).toBe(500);
    expect(text).not.toContain('postgres');
    expect(text).toContain(reply.headers.get('x-request-id'));
    const logged = lines.find((line) => line.includes('Request:Failed'));
    expect(logged).toContain('connect to postgres');
    expect(logged).toContain(reply.headers.get('x-request-id'));
    expect(lines.join('')).not.toContain('s3cret');
  });

  test('an HTTP exception of another status does not leak its words', async () => {
    const reply = await appWithLog().app.request('/teapot');
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toContain('inner words');
  });

  test.each([
    ['no such path', '/nothing', 'GET', 404, 'not-found'],
    ['another method', '/refused', 'DELETE', 405, 'method-not-allowed'],
  ])('%s', async (_name, path, method, status, code) => {
    const reply = await appWithLog().app.request(path, { method });
    expect(reply.status).toBe(status);
    expect(await reply.json()).toMatchObject({ code, type: `/problems/${code}`, status });
    if (status === 405) expect(reply.headers.get('allow')).toContain('GET');
  });

  test.each([
    ['a wrong type deep inside', '/shapes/1', '{"aoi":{"radius":"far"}}', 'aoi.radius'],
    ['a missing part', '/shapes/1', '{}', 'aoi'],
    ['an unknown key', '/shapes/1', '{"aoi":{"radius":1},"colour":"red"}', 'colour'],
    ['a path parameter', '/shapes/x', '{"aoi":{"radius":1}}', 'id'],
    ['a query parameter', '/shapes/1?limit=99', '{"aoi":{"radius":1}}', 'limit'],
    ['a body of the wrong kind', '/shapes/1', '[]', 'body'],
  ])('%s is refused by name', async (_name, path, body, field) => {
    const reply = await post(path, body);
    expect(reply.status).toBe(400);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(await reply.json()).toMatchObject({ code: 'invalid-request', field });
  });

  test('what is not JSON is 400, another media type 415', async () => {
    const malformed = await post('/shapes/1', '{"aoi":');
    expect([malformed.status, malformed.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    const other = await post('/shapes/1', '<aoi/>', { 'content-type': 'text/xml' });
    expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([415, 'unsupported-media-type']);
  });
});

describe('every app', () => {
  test('answers its probes, and names the check that fails', async () => {
    const good = appWithLog({ database: async () => 1 }).app;
    expect((await good.request('/health/liveness')).status).toBe(200);
    expect((await good.request('/health/readiness')).status).toBe(200);
    const bad = appWithLog({ database: () => Promise.reject(new Error('password=x')), queue: async () => 1 }).app;
    const reply = await bad.request('/health/readiness');
    expect(reply.status).toBe(503);
    expect(((await reply.json()) as { detail: string }).detail).toBe('not ready: database');
  });

  test('takes a request id only in a bounded form', async () => {
    for (const id of ['x'.repeat(65), 'a b', '{"a":1}']) {
      const reply = await appWithLog().app.request('/health/liveness', { headers: { 'x-request-id': id } });
      expect(reply.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('sets headers that keep a browser safe, and keeps answers out of caches', async () => {
    const reply = await appWithLog().app.request('/health/liveness');
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
  });

  test('logs one line a request, without its query', async () => {
    const { app, lines } = appWithLog();
    await app.request('/refused?token=abcdef');
    const done = lines.map((line) => JSON.parse(line)).filter((line) => line.message === 'Request:Done');
    expect(done).toHaveLength(1);
    expect(done[0]).toMatchObject({ method: 'GET', path: '/refused', status: 422 });
    expect(lines.join('')).not.toContain('abcdef');
  });
});
