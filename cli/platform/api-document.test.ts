import { expect, test } from 'vitest';
import { apiDocument } from './api-document.ts';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { responses: Record<string, unknown>; security?: unknown[] }>>;
  [key: string]: unknown;
}

const document = (await apiDocument('1.2.3', 'https://maps.example.org')) as Document;

test('every route of the functions is in it', () => {
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes).toEqual(
    expect.arrayContaining([
      'POST /auth/login',
      'POST /auth/refresh',
      'POST /auth/logout',
      'GET /auth/me',
      'GET /auth/users',
      'POST /auth/users',
      'PATCH /auth/users/{name}',
      'GET /processes',
      'GET /processes/crop-map',
      'POST /processes/crop-map/execution',
      'GET /jobs',
      'GET /jobs/{id}',
      'DELETE /jobs/{id}',
      'POST /jobs/{id}/retry',
      'GET /status/{id}',
      'GET /status/{id}/events',
      'GET /status/{id}/results',
      'GET /status/{id}/results/{file}',
    ]),
  );
  expect(document.openapi).toBe('3.1.0');
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, way]) => way);
  expect(references.length).toBeGreaterThan(10);
  for (const way of new Set(references)) {
    const found = way.split('/').reduce<unknown>((node, name) => (node as Record<string, unknown>)?.[name], document);
    expect([way, typeof found]).toEqual([way, 'object']);
  }
});

test('what needs a token says so, and how it is refused', () => {
  for (const [path, item] of Object.entries(document.paths))
    for (const operation of Object.values(item)) {
      if (!operation.security) continue;
      expect([path, Object.keys(operation.responses)]).toEqual([path, expect.arrayContaining(['401'])]);
    }
});
