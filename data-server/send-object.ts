import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { LocalStore, ReadGrant } from '#src/server/storage/local-store.port.ts';
import { AppError } from '#src/shared/errors/app-error.ts';

/** Up to this size one read and one write; a frame of 4 Mpx compressed is about 4 MB. */
const WHOLE_BYTES = 8 * 1024 * 1024;
const STREAM_BYTES = 1024 * 1024;

/** Types a browser may show. Everything else, HTML and SVG above all, is bytes. */
const SHOWN_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  txt: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
  csv: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

function contentType(key: string): string {
  const extension = /\.([a-z0-9]+)$/i.exec(key)?.[1]?.toLowerCase();
  return (extension && SHOWN_TYPES[extension]) || 'application/octet-stream';
}

/** RFC 6266 with RFC 5987 encoding; quotes and controls cannot occur in the percent-encoded form. */
function attachment(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}

export type ByteRange = { first: number; last: number };

/**
 * RFC 9110 §14.2: the one range asked for, clipped; null = send everything (no range, several, or one that is not understood). Throws
 * RANGE_NOT_SATISFIABLE.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | null {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return null;
  const first = found[1] === '' ? Math.max(0, sizeBytes - Number(found[2])) : Number(found[1]);
  const last = found[1] === '' || found[2] === '' ? sizeBytes - 1 : Number(found[2]);
  if (found[1] !== '' && found[2] !== '' && last < first) return null;
  if (first >= sizeBytes) throw new AppError('RANGE_NOT_SATISFIABLE');
  return { first, last: Math.min(last, sizeBytes - 1) };
}

/** Answers GET and HEAD of an object. */
export async function sendObject(
  store: LocalStore,
  request: IncomingMessage,
  response: ServerResponse,
  grant: ReadGrant,
): Promise<void> {
  const handle = await store.openObject(grant.key);
  try {
    await sendHandle(handle, request, response, grant);
  } finally {
    await handle.close();
  }
}

async function sendHandle(
  handle: FileHandle,
  request: IncomingMessage,
  response: ServerResponse,
  grant: ReadGrant,
): Promise<void> {
  const { size, mtimeNs, ino } = await handle.stat({ bigint: true });
  const sizeBytes = Number(size);
  const etag = `"${size.toString(36)}-${mtimeNs.toString(36)}-${ino.toString(36)}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Content-Type', contentType(grant.key));
  // An address of raw data always means the same bytes: a new version of a file has another. Results may be replaced by a later run.
  const raw = grant.key.split('/').includes('raw');
  response.setHeader('Cache-Control', raw ? 'private, max-age=86400, immutable' : 'private, no-cache');
  if (grant.download !== null) response.setHeader('Content-Disposition', attachment(grant.download));
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304).end();
    return;
  }
  const ifRange = request.headers['if-range'];
  const wanted = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  let range: ByteRange | null;
  try {
    range = parseRange(wanted, sizeBytes);
  } catch (error) {
    response.setHeader('Content-Range', `bytes */${sizeBytes}`);
    response.removeHeader('Content-Disposition');
    throw error;
  }
  const first = range?.first ?? 0;
  const length = range ? range.last - range.first + 1 : sizeBytes;
  if (range) response.setHeader('Content-Range', `bytes ${range.first}-${range.last}/${sizeBytes}`);
  response.setHeader('Content-Length', length);
  if (request.method === 'HEAD' || length === 0) {
    response.writeHead(range ? 206 : 200).end();
  } else if (length <= WHOLE_BYTES) {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(bytes, done, length - done, first + done);
      if (bytesRead === 0) throw new AppError('UNAVAILABLE', 'The object became shorter while it was read.');
      done += bytesRead;
    }
    response.writeHead(range ? 206 : 200);
    response.end(bytes);
  } else {
    response.writeHead(range ? 206 : 200);
    const bytes = handle.createReadStream({
      start: first,
      end: first + length - 1,
      highWaterMark: STREAM_BYTES,
      autoClose: false,
    });
    await pipeline(bytes, response);
  }
}
