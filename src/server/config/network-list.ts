import { BlockList, isIP } from 'node:net';

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/**
 * Whether an address is one of these, or lies in one of these networks; false for what is no address. An IPv4 address mapped into IPv6
 * (`::ffff:10.0.0.7`, RFC 4291 §2.5.5.2) counts as what it is.
 * @param places addresses and networks (`10.0.0.0/8`) as checked by the configuration (`addressList`)
 */
export function networkList(places: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const place of places) {
    const [address, bits] = place.split('/') as [string, string?];
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}
