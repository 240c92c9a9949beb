import { describe, expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

describe('clientAddress', () => {
  test.each([
    ['without a proxy the header is not believed', '203.0.113.9', '1.2.3.4', 0, '203.0.113.9'],
    ['one proxy: the entry that it added', '10.0.0.1', '1.2.3.4, 203.0.113.9', 1, '203.0.113.9'],
    ['two proxies: the one before the last', '10.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.2', 2, '203.0.113.9'],
    ['a proxy that added nothing', '203.0.113.9', undefined, 1, '203.0.113.9'],
    ['fewer entries than proxies', '203.0.113.9', '1.2.3.4', 2, '203.0.113.9'],
    ['an IPv4 address in IPv6 clothes', '::ffff:203.0.113.9', undefined, 0, '203.0.113.9'],
    ['an IPv6 address is its /64', '2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
    ['a short IPv6 address', '2001:db8::1', undefined, 0, '2001:db8:0:0::/64'],
    ['the local IPv6 address', '::1', undefined, 0, '0:0:0:0::/64'],
    ['a link-local one with its zone', 'fe80::1%eth0', undefined, 0, 'fe80:0:0:0::/64'],
    ['nonsense', 'localhost', undefined, 0, 'unknown'],
    ['nonsense from the proxy', '10.0.0.1', `${'x'.repeat(5000)}`, 1, 'unknown'],
    ['nothing at all', undefined, undefined, 0, 'unknown'],
  ])('%s', (_name, socket, forwarded, proxies, expected) => {
    expect(clientAddress(socket, forwarded, proxies)).toBe(expected);
  });
});
