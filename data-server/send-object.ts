import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ReadGrant, ServedStore, StoredObject } from '#src/server/storage/served-store.port.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { attachment, cacheControl, contentType } from '#src/shared/model/content-headers.ts';

/** Up to this size one read and one write; a frame of 4 Mpx compressed is about 4 MB. */
const WHOLE_BYTES = 8 * 1024 * 1024;

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
  store: ServedStore,
  request: IncomingMessage,
  response: ServerResponse,
  grant: ReadGrant,
): Promise<void> {
  const object = await store.openObject(grant.key);
  try {
    await sendOpened(object, request, response, grant);
  } finally {
    await object.close();
  }
}

async function sendOpened(
  object: StoredObject,
  request: IncomingMessage,
  response: ServerResponse,
  grant: ReadGrant,
): Promise<void> {
  const { sizeBytes, etag } = object;
  response.setHeader('ETag', etag);
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Content-Type', contentType(grant.key));
  response.setHeader('Cache-Control', cacheControl(grant.key));
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
    const bytes = await object.read(first, length);
    response.writeHead(range ? 206 : 200);
    response.end(bytes);
  } else {
    const bytes = await object.stream(first, length);
    response.writeHead(range ? 206 : 200);
    await pipeline(bytes, response);
  }
}
