import { isIP } from 'node:net';
import { networkList } from '../config/network-list.ts';
import { peerAddressOf } from './peer-address.ts';

/** Without what sockets add: `::ffff:10.0.0.7` is an IPv4 peer of a socket that listens on IPv6 too, `fe80::1%eth0` names the interface. */
const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');

/** The address in one entry of X-Forwarded-For, which some proxies write with a port; null when there is none in it. */
function addressIn(entry: string): string | null {
  const text = entry.trim();
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) ? plain(bare) : null;
}

/**
 * Whose request it is: the peer of the socket, or where that is a trusted proxy, the address that proxy saw, and so on along
 * X-Forwarded-For from its right end to the first address that is no trusted proxy. What stands left of that is the caller's own
 * word and is not looked at; without trusted proxies nothing of the header is. For limits and logs, never for rights.
 * @param trustedProxies addresses and networks (`10.0.0.0/8`) as checked by the configuration
 */
export function callerAddress(headers: Headers, trustedProxies: readonly string[]): string {
  const peer = peerAddressOf(headers);
  if (peer === null) return 'unknown';
  let address = plain(peer);
  if (trustedProxies.length === 0) return address;
  const isTrusted = networkList(trustedProxies);
  const entries = headers.get('x-forwarded-for')?.split(',') ?? [];
  while (isTrusted(address) && entries.length > 0) {
    const next = addressIn(entries.pop()!);
    // A proxy that hides whom it serves stands for all of them.
    if (next === null) return address;
    address = next;
  }
  return address;
}
