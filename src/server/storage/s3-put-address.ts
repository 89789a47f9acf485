import type { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';

/** As signatures of version 4 want it (RFC 3986): also what `encodeURIComponent` leaves. */
const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

export interface PutAddress {
  /** Of the store, without a slash at the end. */
  origin: string;
  bucket: string;
  key: string;
  query: Readonly<Record<string, string>>;
  /** That a request must have to count, by lower-case names. */
  headers: Readonly<Record<string, string>>;
}

/**
 * Signs the address of one PUT. The library's way from a command to an address goes through all that it does for a request, which takes
 * several times as long as the signature; there is an address for each small file.
 */
export async function signPut(
  presigner: S3RequestPresigner,
  { origin, bucket, key, query, headers }: PutAddress,
  when: { expiresIn: number; signingDate: Date },
): Promise<string> {
  const { protocol, hostname, port, host } = new URL(origin);
  const path = `/${[bucket, ...key.split('/')].map(encoded).join('/')}`;
  const bound = new Set(['host', ...Object.keys(headers)]);
  const signed = await presigner.presign(
    {
      ...{ method: 'PUT', protocol, hostname, path },
      ...(port === '' ? {} : { port: Number(port) }),
      query: { ...query },
      headers: { host, ...headers },
    },
    { ...when, signableHeaders: bound, unhoistableHeaders: bound },
  );
  const parameters = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encoded(name)}=${encoded(String(value))}`,
  );
  return `${origin}${path}?${parameters.join('&')}`;
}
