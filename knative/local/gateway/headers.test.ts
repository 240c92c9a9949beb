import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { functionHeaders, requestId } from './headers.ts';

function message(headers: Record<string, string>, address = '10.1.2.3', method = 'GET'): IncomingMessage {
  const rawHeaders = Object.entries(headers).flat();
  return { rawHeaders, headers, method, socket: { remoteAddress: address } } as unknown as IncomingMessage;
}

const seen = (request: IncomingMessage, trusted = false) =>
  Object.fromEntries(functionHeaders(request, 'id-1', trusted));

test('what concerns one hop stays there, also what Connection names', () => {
  const request = message({
    host: 'crops.example',
    connection: 'close, X-Secret',
    'x-secret': '1',
    'keep-alive': 'timeout=5',
    te: 'trailers',
    'proxy-authorization': 'Basic x',
    authorization: 'Bearer t',
  });
  const headers = seen(request);
  expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['connection']));
  for (const name of ['x-secret', 'keep-alive', 'te', 'proxy-authorization']) expect(headers[name]).toBeUndefined();
  expect(headers).toMatchObject({ host: 'crops.example', authorization: 'Bearer t' });
});

test('a caller cannot choose the address that it comes from', () => {
  const claimed = message({
    host: 'h',
    'x-forwarded-for': '1.1.1.1',
    forwarded: 'for=1.1.1.1',
    'x-real-ip': '1.1.1.1',
  });
  expect(JSON.stringify(seen(claimed))).not.toContain('1.1.1.1');
  expect(seen(claimed)['x-forwarded-for']).toBe('10.1.2.3');
});

test('a proxy of one’s own is believed and followed', () => {
  const headers = seen(
    message({
      host: 'inner',
      'x-forwarded-for': '1.1.1.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'crops.example',
    }),
    true,
  );
  expect(headers['x-forwarded-for']).toBe('1.1.1.1, 10.1.2.3');
  expect(headers['x-forwarded-proto']).toBe('https');
  expect(headers.forwarded).toBe('for=10.1.2.3;host="crops.example";proto=https');
});

test('IPv6 addresses are quoted in Forwarded, IPv4 ones unwrapped (RFC 7239, 6)', () => {
  expect(seen(message({ host: 'h' }, '::1')).forwarded).toContain('for="[::1]"');
  expect(seen(message({ host: 'h' }, '::ffff:127.0.0.1'))['x-forwarded-for']).toBe('127.0.0.1');
});

test('an id of the caller is kept where it is one', () => {
  expect(requestId({ 'x-request-id': 'abc-1' })).toBe('abc-1');
  for (const bad of ['a b', 'x'.repeat(129), '', 'a\r\nb'])
    expect(requestId({ 'x-request-id': bad })).toMatch(/^[0-9a-f-]{36}$/);
});
