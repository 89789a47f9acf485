import superjson from 'superjson';
import { BytesFault, type FindStored, type StoredBytes } from './stored-bytes.ts';

/** At once, as only workers may: the library that asks for bytes cannot wait for a promise. */
function requestNow(url: string, headers: Readonly<Record<string, string>>): XMLHttpRequest {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  try {
    request.send();
  } catch {
    throw new BytesFault('unreachable', 'The server does not answer. Try again.');
  }
  return request;
}

const bytesOf = (request: XMLHttpRequest) => new Uint8Array(request.response as ArrayBuffer);

interface Address {
  sizeBytes: number;
  url: string;
}

/** Asks the web app where the bytes of a file are; null: there is no such file in the experiment. */
function addressOf(origin: string, input: { experimentId: string; path: string }): Address | null {
  const query = new URLSearchParams({ input: JSON.stringify(superjson.serialize(input)) });
  const request = requestNow(`${origin}/api/trpc/files.viewAt?${query}`, {});
  if (request.status === 401) throw new BytesFault('refused', 'Your session has ended: sign in again.');
  if (request.status === 404) throw new BytesFault('refused', 'This experiment is not yours to see.');
  if (request.status !== 200)
    throw new BytesFault('unreachable', `The server answered ${request.status}. Try again.`);
  const answer = JSON.parse(new TextDecoder().decode(bytesOf(request)));
  return superjson.deserialize<Address | null>(answer.result.data);
}

/** Refused because the time of the address is over. */
const EXPIRED: readonly number[] = [401, 403];

class WebFile implements StoredBytes {
  readonly sizeBytes: number;
  private url: string;
  private etag: string | null = null;
  private readonly renew: () => Address | null;

  constructor(address: Address, renew: () => Address | null) {
    this.sizeBytes = address.sizeBytes;
    this.url = address.url;
    this.renew = renew;
  }

  fetch(offset: number, length: number): Uint8Array {
    const range = { range: `bytes=${offset}-${offset + length - 1}` };
    let request = requestNow(this.url, range);
    if (EXPIRED.includes(request.status)) {
      const renewed = this.renew();
      if (renewed === null || renewed.sizeBytes !== this.sizeBytes) throw changed();
      this.url = renewed.url;
      request = requestNow(this.url, range);
    }
    if (request.status === 404 || request.status === 416) throw changed();
    if (request.status !== 206)
      throw new BytesFault('unreachable', `The data server answered ${request.status}. Try again.`);
    const etag = request.getResponseHeader('etag');
    this.etag ??= etag;
    // Half of one content and half of another would be garbage.
    if (etag !== this.etag) throw changed();
    return bytesOf(request);
  }
}

const changed = () =>
  new BytesFault('changed', 'The file has been replaced or moved since it was opened. Open it again.');

/** Files of an experiment as the web app and its data server give them. */
export const webFiles =
  (origin: string, experimentId: string): FindStored =>
  (path) => {
    const ask = () => addressOf(origin, { experimentId, path });
    const address = ask();
    return address && new WebFile(address, ask);
  };

/** The bytes of a static file of the web app; null: it is not there. */
export function staticBytes(url: string): Uint8Array | null {
  const request = requestNow(url, {});
  if (request.status === 404) return null;
  if (request.status !== 200)
    throw new BytesFault('unreachable', `The server answered ${request.status}. Try again.`);
  return bytesOf(request);
}
