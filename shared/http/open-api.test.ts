import { createRoute, z } from '@hono/zod-openapi';
import { describe, expect, test } from 'vitest';
import { createApp } from './create-app.ts';
import { createLogger } from './logger.ts';
import { bearerSecurity, documentOf, mergeDocuments, type OpenApiDocument } from './open-api.ts';
import { problemResponses } from './problem-responses.ts';

function documentWith(path: string): OpenApiDocument {
  const app = createApp({ name: path, version: '1', logger: createLogger(() => undefined) });
  const route = createRoute({
    method: 'get',
    path,
    security: bearerSecurity,
    request: { params: z.object({ id: z.uuid() }) },
    responses: { 204: { description: 'done' }, ...problemResponses('unauthenticated', 'not-found') },
  });
  app.openapi(route, (c) => c.body(null, 204));
  return documentOf(app, { title: path, version: '1' });
}

/** Every `$ref` in a document. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [String(item)] : references(item)));
}

const resolve = (document: unknown, ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);

describe('mergeDocuments', () => {
  const merged = mergeDocuments(
    [documentWith('/jobs/{id}'), documentWith('/status/{id}')],
    { title: 'GeoCrop', version: '2' },
    'https://crops.example.org',
  );

  test('has the paths of all and components that resolve', () => {
    expect(merged.openapi).toBe('3.1.0');
    expect(Object.keys(merged.paths ?? {})).toEqual(['/jobs/{id}', '/status/{id}']);
    expect(merged).toMatchObject({
      servers: [{ url: 'https://crops.example.org' }],
      info: { title: 'GeoCrop', version: '2' },
    });
    const refs = references(merged);
    expect(refs).toContain('#/components/schemas/Problem');
    for (const ref of refs) expect(resolve(merged, ref), ref).toBeDefined();
    expect(resolve(merged, '#/components/securitySchemes/bearer')).toMatchObject({ type: 'http', scheme: 'bearer' });
  });

  test('neither probes nor the document itself are part of the API', () => {
    expect(JSON.stringify(merged)).not.toMatch(/health|openapi\.json/);
  });

  test('refuses two meanings of one name', () => {
    const one = {
      openapi: '3.1.0',
      info: { title: 'a', version: '1' },
      components: { schemas: { Job: { type: 'object' } } },
    };
    const two = { ...one, components: { schemas: { Job: { type: 'string' } } } };
    expect(() => mergeDocuments([one, two], one.info, '/')).toThrow('components.schemas Job');
  });
});
