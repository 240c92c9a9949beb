import { describe, expect, test } from 'vitest';
import { createLogger } from './logger.ts';

function logged(fields: Record<string, unknown>): { line: string; value: Record<string, unknown> } {
  const lines: string[] = [];
  createLogger((line) => lines.push(line), { now: () => new Date(0) }).info('Test:Log', fields);
  return { line: lines[0], value: JSON.parse(lines[0]) };
}

const jwt = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

describe('createLogger', () => {
  test('writes one line of JSON with time, level and message', () => {
    const { line, value } = logged({ job: 'a\nb', n: 1 });
    expect(line.split('\n')).toHaveLength(2);
    expect(value).toEqual({ time: '1970-01-01T00:00:00.000Z', level: 'info', message: 'Test:Log', job: 'a\nb', n: 1 });
  });

  test('leaves out what is under its level, and passes a child its fields', () => {
    const lines: string[] = [];
    const logger = createLogger((line) => lines.push(line), { level: 'warn', fields: { service: 'auth' } });
    logger.info('Test:Skip');
    logger.child({ requestId: 'r' }).warn('Test:Keep', { n: 2 });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0])).toMatchObject({ service: 'auth', requestId: 'r', n: 2, level: 'warn' });
  });

  test.each([
    ['a password', { password: 'hunter22' }, 'hunter22'],
    ['a nested token', { body: { refresh_token: 'hunter22' } }, 'hunter22'],
    ['a header', { headers: new Headers({ Authorization: 'Bearer hunter22' }) }, 'hunter22'],
    ['a cookie in a list', { all: [{ 'Set-Cookie': 'hunter22' }] }, 'hunter22'],
    ['a JWT in a sentence', { detail: `got ${jwt} here` }, 'c2lnbmF0dXJl'],
    ['a bearer in an error', { error: new Error('sent Bearer hunter22') }, 'hunter22'],
    [
      'a database address in a cause',
      { error: new Error('no', { cause: new Error('postgres://a:hunter22@db') }) },
      'hunter22',
    ],
    ['a signed address', { href: 'https://s3/x?X-Amz-Signature=hunter22&a=1' }, 'hunter22'],
    ['an address as such', { href: new URL('https://a:hunter22@host/') }, 'hunter22'],
    ['a signing key', { signingKey: '{"d":"hunter22"}' }, 'hunter22'],
  ])('hides %s', (_name, fields, secret) => {
    const { line } = logged(fields);
    expect(line).not.toContain(secret);
    expect(line).toContain('[redacted]');
  });

  test('writes hostile values: cycles, big numbers, bytes, endless texts', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const { line, value } = logged({
      cycle,
      big: 12n,
      bytes: new Uint8Array(9),
      text: 'x'.repeat(1e6),
      date: new Date(NaN),
    });
    expect(value).toMatchObject({ big: '12', bytes: '[9 bytes]', date: 'Invalid Date' });
    expect(line.length).toBeLessThan(4000);
  });
});
