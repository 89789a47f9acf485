import { expect, test } from 'vitest';
import { networkList } from './network-list.ts';

test('an address is in a list by itself or by its network', () => {
  const isListed = networkList(['10.20.0.0/16', '192.0.2.7', 'fd12:3456::/32', '::1']);
  for (const address of [
    '10.20.0.1',
    '10.20.255.255',
    '::ffff:10.20.3.4',
    '192.0.2.7',
    'fd12:3456:9::1',
    '::1',
  ])
    expect(isListed(address), address).toBe(true);
  for (const address of [
    '10.21.0.1',
    '192.0.2.8',
    'fd12:3457::1',
    '::2',
    '::ffff:10.21.0.1',
    'localhost',
    '10.20.1',
    '',
  ])
    expect(isListed(address), address).toBe(false);
  expect(networkList([])('127.0.0.1')).toBe(false);
});
