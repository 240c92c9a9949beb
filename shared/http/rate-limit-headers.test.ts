import { expect, test } from 'vitest';
import { rateLimitHeaders } from './rate-limit-headers.ts';

const login = { name: 'login', limit: 5, windowSeconds: 900 };

test('says how many remain', () => {
  expect(rateLimitHeaders({ ...login, remaining: 3, resetSeconds: 12.2 })).toEqual({
    'RateLimit-Policy': '"login";q=5;w=900',
    RateLimit: '"login";r=3;t=13',
  });
});

test('says when to come again, never at once', () => {
  expect(rateLimitHeaders({ ...login, remaining: -2, resetSeconds: 0 })).toMatchObject({
    RateLimit: '"login";r=0;t=1',
    'Retry-After': '1',
  });
});
