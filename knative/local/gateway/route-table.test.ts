import { expect, test } from 'vitest';
import { isInternalPath, requestTarget } from './request-path.ts';
import { routeTable } from './route-table.ts';

const route = routeTable([
  { prefix: '/jobs', owner: 'jobs' },
  { prefix: '/jobs/special', owner: 'special' },
  { prefix: '/.well-known', owner: 'auth' },
]);

test.each([
  ['/jobs', 'jobs'],
  ['/jobs/1/results', 'jobs'],
  ['/jobs/special', 'special'],
  ['/jobs/special/x', 'special'],
  ['/jobs/specially', 'jobs'],
  ['/jobsx', null],
  ['/', null],
  ['/.well-known/jwks.json', 'auth'],
  ['/x/jobs', null],
])('%s belongs to %s', (path, owner) => expect(route(path)).toBe(owner));

test('the prefix / owns what nobody else does', () => {
  const all = routeTable([
    { prefix: '/', owner: 'web' },
    { prefix: '/jobs', owner: 'jobs' },
  ]);
  expect(['/', '/app/jobs', '/jobsx', '/jobs', '/jobs/1'].map(all)).toEqual(['web', 'web', 'web', 'jobs', 'jobs']);
});

test('one path has one owner', () => {
  const twice = [
    { prefix: '/a', owner: 1 },
    { prefix: '/a', owner: 2 },
  ];
  expect(() => routeTable(twice)).toThrow('two functions own the path /a');
});

test.each([
  ['/a?b=/-/c', '/a'],
  ['http://other:1/a/b?c', '/a/b'],
  ['*', null],
  ['host:443', null],
  ['', null],
])('the target %s has the path %s', (target, path) => expect(requestTarget(target)?.path ?? null).toBe(path));

test.each([
  ['/jobs/-/x', true],
  ['/jobs/%2D/x', true],
  ['/jobs/a-b/x', false],
  ['/jobs/%', null],
])('the path %s is internal: %s', (path, internal) => expect(isInternalPath(path)).toBe(internal));
