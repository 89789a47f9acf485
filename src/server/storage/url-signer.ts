import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Grant } from './served-store.port.ts';

const PART_ROUTE = '/part';
const OBJECT_ROUTE = '/object';

/** JSON of an array: no field can run into the next. */
function signedText(grant: Grant): string {
  return grant.kind === 'part'
    ? JSON.stringify(['PUT', grant.key, grant.uploadRef, grant.partNumber, grant.partBytes, grant.expiresAtS])
    : JSON.stringify(['GET', grant.key, grant.download, grant.expiresAtS]);
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');

const wholeNumber = (text: string | null, most: number): number | null =>
  text !== null && /^\d{1,12}$/.test(text) && Number(text) <= most ? Number(text) : null;

/**
 * Signed addresses of the data server: HMAC-SHA256 over everything that decides what the address allows, under a key derived
 * (HKDF, RFC 5869) from the installation's secret for this purpose alone. Web and data server share the secret and no state.
 */
export class UrlSigner {
  readonly #key: Uint8Array;
  readonly #origin: string;

  /** @param origin public origin of the data server, without a slash at the end */
  constructor(secret: string, origin: string) {
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'beamdeck/data-server/addresses/1', 32));
    this.#origin = origin;
  }

  #signature(grant: Grant): Buffer {
    return createHmac('sha256', this.#key).update(signedText(grant)).digest();
  }

  sign(grant: Grant): string {
    const query = new URLSearchParams();
    let path: string;
    if (grant.kind === 'part') {
      path = `${PART_ROUTE}/${grant.uploadRef}/${grant.partNumber}`;
      query.set('key', grant.key);
      query.set('size', String(grant.partBytes));
    } else {
      path = `${OBJECT_ROUTE}/${encodePath(grant.key)}`;
      if (grant.download !== null) query.set('download', grant.download);
    }
    query.set('expires', String(grant.expiresAtS));
    query.set('signature', this.#signature(grant).toString('base64url'));
    return `${this.#origin}${path}?${query}`;
  }

  /** The grant an address carries; `forged` for anything that was not signed here, `expired` when its time is over. */
  verify(url: URL, nowMs: number): Grant | 'forged' | 'expired' {
    const grant = parseGrant(url);
    const given = Buffer.from(url.searchParams.get('signature') ?? '', 'base64url');
    if (!grant || given.length !== 32 || !timingSafeEqual(given, this.#signature(grant))) return 'forged';
    return grant.expiresAtS * 1000 < nowMs ? 'expired' : grant;
  }
}

function parseGrant(url: URL): Grant | null {
  const query = url.searchParams;
  const expiresAtS = wholeNumber(query.get('expires'), Number.MAX_SAFE_INTEGER);
  if (expiresAtS === null) return null;
  const part = /^\/part\/([\w-]{1,1000})\/(\d{1,5})$/.exec(url.pathname);
  if (part) {
    const key = query.get('key');
    const partBytes = wholeNumber(query.get('size'), 2 ** 31);
    if (key === null || partBytes === null) return null;
    return { kind: 'part', key, uploadRef: part[1]!, partNumber: Number(part[2]), partBytes, expiresAtS };
  }
  if (url.pathname.startsWith(`${OBJECT_ROUTE}/`)) {
    try {
      const key = decodeURIComponent(url.pathname.slice(OBJECT_ROUTE.length + 1));
      return { kind: 'read', key, download: query.get('download'), expiresAtS };
    } catch {
      // Not percent-encoded UTF-8: nothing we signed.
      return null;
    }
  }
  return null;
}
