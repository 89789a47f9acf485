const IPV4_MAPPED = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/** The address in its canonical form (RFC 5952); null when it is no IPv6 address. */
function canonicalIpv6(address: string): string | null {
  try {
    return address.includes(':') ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : null;
  } catch {
    return null;
  }
}

/**
 * What a limit per address counts. Of IPv6 it is the network of 64 bits, since whoever has one address there has them all (RFC 4291
 * §2.5.1: hosts choose the other half); an IPv4 address written as IPv6 counts as what it is. Anything else stands for itself.
 */
export function limitedPlace(address: string): string {
  const canonical = canonicalIpv6(address);
  if (canonical === null) return address;
  const mapped = IPV4_MAPPED.exec(canonical);
  if (mapped) {
    const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  }
  const [before, after] = canonical.split('::') as [string, string?];
  const head = before === '' ? [] : before.split(':');
  const tail = after ? after.split(':') : [];
  const zeros = after === undefined ? [] : Array<string>(8 - head.length - tail.length).fill('0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}
