import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RateLimit } from './rate-limit.ts';
import { uplinkAgents } from './uplink-agents.ts';
import { DIRECT_UPLINK, type UplinkConfig } from './uplink-config.ts';

/** Reports put these texts into sentences of their own. */
const asClause = (message: string) => message.replace(/\.$/, '');

/** The server or store understood and said no. Trying the same again does not help, unless the text says so. */
export class ServerRefused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(asClause(message));
    this.name = 'ServerRefused';
    this.status = status;
    this.code = code;
  }
}

/** No answer, a broken one, or an answer that says "later" (5xx, 408, 429): the same request is to be sent again. */
export class ServerUnreachable extends Error {
  readonly retryAfterMs: number | null;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number | null } = {}) {
    super(asClause(message), { cause: options.cause });
    this.name = 'ServerUnreachable';
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface TransportRequest {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  body: Uint8Array | null;
  /** The request is given up when nothing moved for this long. */
  idleTimeoutMs: number;
  headers: Record<string, string | number>;
  /** Whether the body counts for the limit of the uplink, and whether it then goes before others that wait. */
  limited?: 'in-turn' | 'first';
  /** Ends the request; it rejects as unreachable then. */
  signal?: AbortSignal;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** A server that does not know "Expect: 100-continue" says nothing and waits for the body. */
const ASK_PATIENCE_MS = 1000;

/** One HTTP(S) request after the other over kept connections. Requests are never repeated here: callers know what to do. */
export class HttpTransport {
  private readonly agents: ReturnType<typeof uplinkAgents>;
  private readonly limit: RateLimit | null;

  /** @param limit of what parts of files and previews may use of the link */
  constructor(uplink: UplinkConfig = DIRECT_UPLINK, limit: RateLimit | null = null) {
    this.agents = uplinkAgents(uplink);
    this.limit = limit;
  }

  send(order: TransportRequest, isSecondTry = false): Promise<Answer> {
    const { method, url, idleTimeoutMs, headers, signal } = order;
    const secure = url.startsWith('https:');
    const where = new URL(url).host;
    return new Promise((resolve, reject) => {
      const options = { method, headers, signal, agent: secure ? this.agents.https : this.agents.http };
      const request: ClientRequest = (secure ? httpsRequest : httpRequest)(url, options);
      const fail = (cause: unknown) => {
        const reason = cause instanceof Error ? cause.message || String(cause) : String(cause);
        reject(new ServerUnreachable(`${where}: ${reason}`, { cause }));
      };
      request.setTimeout(idleTimeoutMs, () =>
        request.destroy(new Error(`no answer within ${Math.round(idleTimeoutMs / 1000)} s`)),
      );
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The server closed a kept connection just when we used it again: no fault, and every request of this API may be
        // repeated, so one more try on a new connection.
        if (request.reusedSocket && error.code === 'ECONNRESET' && !isSecondTry) {
          this.send(order, true).then(resolve, reject);
        } else fail(error);
      });
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        response.on('error', fail);
        response.on('aborted', () => fail(new Error('the answer was cut off')));
        response.on('end', () => {
          // Refused before the body: what was announced is never sent, so the connection is of no more use.
          if (!request.writableEnded) request.destroy();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          });
        });
      });
      const sendBody = () => void this.sendBody(request, order);
      if (headers.expect === undefined) {
        sendBody();
        return;
      }
      const proceed = () => {
        clearTimeout(patience);
        if (!request.writableEnded) sendBody();
      };
      const patience = setTimeout(proceed, ASK_PATIENCE_MS);
      request.once('continue', proceed);
      // An answer in place of "continue" is the refusal; the body is not sent then.
      request.once('response', () => clearTimeout(patience));
      request.once('close', () => clearTimeout(patience));
      request.flushHeaders();
    });
  }

  /** All at once, or in slices at the pace of the limit; never rejects. */
  private async sendBody(request: ClientRequest, { body, limited }: TransportRequest): Promise<void> {
    let sent = 0;
    while (limited && body !== null && this.limit !== null && sent < body.length) {
      const { slice } = this.limit;
      if (slice === null) break;
      const piece = body.subarray(sent, sent + slice);
      await this.limit.take(piece.length, limited === 'first');
      // Given up, or answered already.
      if (request.destroyed || request.writableEnded) return;
      sent += piece.length;
      if (!request.write(piece)) await roomIn(request);
    }
    if (!request.destroyed && !request.writableEnded) request.end(body?.subarray(sent));
  }

  close(): void {
    this.agents.http.destroy();
    this.agents.https.destroy();
  }
}

/** Resolves when more can be written, or never will be. */
function roomIn(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      request.off('drain', done).off('close', done);
      resolve();
    };
    request.once('drain', done).once('close', done);
  });
}

/** Null for a proxy's page in place of our server's answer: the status decides then. */
export function parseJson(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    return null;
  }
}

interface Failure {
  status: number;
  code: string;
  message: string;
  retryAfterS: number | null;
}

/** What it means that something was not done. */
export function failureFrom({
  status,
  code,
  message,
  retryAfterS,
}: Failure): ServerRefused | ServerUnreachable {
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    return new ServerRefused(status, code, message);
  }
  return new ServerUnreachable(`HTTP ${status} ${code}: ${message}`, {
    retryAfterMs: retryAfterS === null ? null : 1000 * Math.min(60, retryAfterS),
  });
}

/** What an answer that is no success means. */
export function failureOf({ status, headers }: Answer, json: unknown): ServerRefused | ServerUnreachable {
  const { code, message } = (typeof json === 'object' && json !== null ? json : {}) as {
    code?: unknown;
    message?: unknown;
  };
  const retryAfterS = Number(headers['retry-after']);
  return failureFrom({
    status,
    code: typeof code === 'string' ? code : 'UNKNOWN',
    message: typeof message === 'string' ? message : `HTTP ${status}`,
    retryAfterS: Number.isFinite(retryAfterS) ? retryAfterS : null,
  });
}

/** Codes of S3 stores that mean one of ours, with the status we give it. */
const STORE_CODES: Readonly<Record<string, { status: number; code: string }>> = {
  BadDigest: { status: 422, code: 'CHECKSUM_MISMATCH' },
  QuotaExceeded: { status: 507, code: 'STORE_FULL' },
  NoSuchUpload: { status: 404, code: 'NOT_FOUND' },
};

/** What the answer to a part means that is no success: of the data server (JSON), or of an S3 store (XML). */
export function partFailure(answer: Answer): ServerRefused | ServerUnreachable {
  const json = parseJson(answer);
  const theirs = /<Code>(\w{1,80})<\/Code>/.exec(answer.body.toString('utf8'))?.[1];
  if (json !== null || theirs === undefined) return failureOf(answer, json);
  const { status, code } = STORE_CODES[theirs] ?? { status: answer.status, code: theirs };
  return failureOf({ ...answer, status }, { code, message: `the store refuses it (${theirs})` });
}
