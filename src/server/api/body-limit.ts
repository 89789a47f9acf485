import { AppError } from '#src/shared/errors/app-error.ts';

/** JSON calls of people are small: forms, ids, parameters. Bytes of data never come this way. */
export const JSON_BODY_LIMIT = 1_000_000;

/**
 * The same request with its body read, at most `limitBytes` of it. Throws TOO_LARGE as soon as the limit is passed,
 * whatever Content-Length said.
 */
export async function withLimitedBody(request: Request, limitBytes: number): Promise<Request> {
  if (!request.body) return request;
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limitBytes) throw tooLarge(limitBytes);
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of request.body as unknown as AsyncIterable<Uint8Array>) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    pieces.push(piece);
  }
  return new Request(request.url, {
    method: request.method,
    headers: request.headers,
    body: Buffer.concat(pieces),
    signal: request.signal,
  });
}

const tooLarge = (limitBytes: number) =>
  new AppError('TOO_LARGE', `The request is larger than the ${limitBytes} bytes allowed.`);
