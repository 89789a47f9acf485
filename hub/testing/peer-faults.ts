import type { IncomingMessage, ServerResponse } from 'node:http';

/* What the peer of the agent API does when it is told to misbehave. */

/** What to do instead of answering: chosen by a test for each request, null = behave. */
export type PeerFault =
  | 'error-500'
  | 'cut'
  | 'answer-lost'
  | 'slow'
  | 'checksum'
  | 'expired'
  | 'full'
  | 'refused'
  | null;

export function say(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Does what the fault says in place of an answer; false when there is none. */
export async function misbehave(
  fault: PeerFault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (fault === null) return false;
  if (fault === 'cut') {
    request.once('data', () => request.destroy());
    if (request.method === 'GET') request.destroy();
    return true;
  }
  await readBody(request);
  if (fault === 'error-500') say(response, 500, { code: 'INTERNAL', message: 'told to fail' });
  if (fault === 'full') say(response, 507, { code: 'STORE_FULL', message: 'no space' });
  if (fault === 'expired') say(response, 403, { code: 'LINK_EXPIRED', message: 'too late' });
  if (fault === 'checksum') say(response, 422, { code: 'CHECKSUM_MISMATCH', message: 'damaged' });
  if (fault === 'refused') say(response, 403, { code: 'NOT_ALLOWED', message: 'told to refuse' });
  if (fault === 'slow') {
    await new Promise((resolve) => setTimeout(resolve, 300));
    say(response, 503, { code: 'UNAVAILABLE', message: 'slow' });
  }
  return true;
}

/** Null when the body was cut off. */
export async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The sender went away in the middle: a part that is not whole is not stored.
    return null;
  }
  return Buffer.concat(chunks);
}
