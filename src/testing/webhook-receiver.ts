import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ReceivedPost {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface WebhookReceiver {
  url: string;
  posts: ReceivedPost[];
  /** What to answer to a post that has come whole. */
  answer(
    post: ReceivedPost,
  ): { status: number; body?: string; location?: string } | Promise<{ status: number; body?: string }>;
  close(): Promise<void>;
}

/** A real HTTP server on loopback that keeps what is posted to it; with a certificate (PEM) it speaks HTTPS. */
export async function webhookReceiver(tls?: { key: string; cert: string }): Promise<WebhookReceiver> {
  const receiver: Pick<WebhookReceiver, 'posts' | 'answer'> = {
    posts: [],
    answer: () => ({ status: 200, body: 'ok' }),
  };
  const listener: RequestListener = async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const post = { path: request.url ?? '', headers: request.headers, body };
    receiver.posts.push(post);
    const answer = await receiver.answer(post);
    response.writeHead(answer.status, 'location' in answer ? { location: answer.location } : {});
    response.end(answer.body ?? '');
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(receiver, {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/alarms`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

/** Whether a receiver that knows the secret takes a post for ours, as docs/api.md tells it to. */
export function isSigned({ headers, body }: ReceivedPost, secret: string): boolean {
  const match = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['beamdeck-signature']));
  if (!match) return false;
  const age = Math.abs(Date.now() / 1000 - Number(match[1]));
  return age < 300 && createHmac('sha256', secret).update(`${match[1]}.${body}`).digest('hex') === match[2];
}
