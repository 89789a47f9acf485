import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import {
  AGENT_API_BASE,
  type HeartbeatRequest,
  type HeartbeatResponse,
  heartbeatResponseSchema,
  PART_CRC_HEADER,
  type SeriesEndRequest,
  type SeriesEndResponse,
  type SeriesOpenRequest,
  type SeriesOpenResponse,
  type SignedPart,
  type StoredPart,
  seriesEndResponseSchema,
  seriesOpenResponseSchema,
  signPartsResponseSchema,
  type UploadCompleteRequest,
  type UploadCompleteResponse,
  type UploadOpenRequest,
  type UploadOpenResponse,
  uploadCompleteResponseSchema,
  uploadOpenResponseSchema,
  uploadStateResponseSchema,
} from '#src/shared/contracts/agent-api.ts';

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

interface Schema<T> {
  parse(value: unknown): T;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const JSON_TIMEOUT_MS = 15_000;
/** A part is given up when nothing moved for this long; a slow line that moves is not. */
const IDLE_TIMEOUT_MS = 30_000;
/** A server that does not know "Expect: 100-continue" says nothing and waits for the body. */
const ASK_PATIENCE_MS = 1000;

/** Speaks the agent API and puts parts into the store. Requests are never repeated here: callers know what to do. */
export class ServerClient {
  private readonly base: string;
  private readonly authorization: string;
  private readonly http = new HttpAgent({ keepAlive: true, maxSockets: 64 });
  private readonly https = new HttpsAgent({ keepAlive: true, maxSockets: 64 });

  constructor(serverUrl: string, token: string) {
    this.base = `${serverUrl}${AGENT_API_BASE}`;
    this.authorization = `Bearer ${token}`;
  }

  heartbeat(beat: HeartbeatRequest): Promise<HeartbeatResponse> {
    return this.call('POST', '/heartbeat', beat, heartbeatResponseSchema, 5000);
  }

  openSeries(series: SeriesOpenRequest): Promise<SeriesOpenResponse> {
    return this.call('POST', '/series', series, seriesOpenResponseSchema);
  }

  endSeries(datasetId: string, end: SeriesEndRequest): Promise<SeriesEndResponse> {
    return this.call('POST', `/series/${datasetId}/end`, end, seriesEndResponseSchema);
  }

  openUploads(uploads: UploadOpenRequest): Promise<UploadOpenResponse> {
    return this.call('POST', '/uploads', uploads, uploadOpenResponseSchema);
  }

  async signParts(uploadId: string, partNumbers: number[]): Promise<SignedPart[]> {
    return (await this.call('POST', `/uploads/${uploadId}/sign`, { partNumbers }, signPartsResponseSchema))
      .signed;
  }

  uploadState(uploadId: string): Promise<{ state: 'open' | 'completed' | 'aborted'; parts: StoredPart[] }> {
    return this.call('GET', `/uploads/${uploadId}`, null, uploadStateResponseSchema);
  }

  /** The store may have to bring the bytes to disk before it answers, hence the long time. */
  completeUpload(uploadId: string, complete: UploadCompleteRequest): Promise<UploadCompleteResponse> {
    return this.call(
      'POST',
      `/uploads/${uploadId}/complete`,
      complete,
      uploadCompleteResponseSchema,
      120_000,
    );
  }

  private async call<T>(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    schema: Schema<T>,
    timeoutMs = JSON_TIMEOUT_MS,
  ): Promise<T> {
    const payload = body === null ? null : Buffer.from(JSON.stringify(body));
    const answer = await this.send(method, this.base + path, payload, timeoutMs, {
      authorization: this.authorization,
      accept: 'application/json',
      ...(payload ? { 'content-type': 'application/json', 'content-length': payload.length } : {}),
    });
    const json = parseJson(answer);
    if (answer.status !== 200) throw failureOf(answer, json);
    try {
      return schema.parse(json);
    } catch (cause) {
      throw new ServerUnreachable(`${method} ${path}: the answer is not what this version expects`, {
        cause,
      });
    }
  }

  /**
   * Puts one part; resolves when the store has taken it and found the CRC right. A store that refuses in the middle of the
   * body closes the connection, and its reason is lost with it; so a part that failed once is sent with `askFirst`: the body
   * follows when the store says so, or does not know the question (RFC 9110 §10.1.1).
   */
  async putPart(url: string, bytes: Uint8Array, crc32c: string, askFirst = false): Promise<void> {
    const answer = await this.send('PUT', url, bytes, IDLE_TIMEOUT_MS, {
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
      [PART_CRC_HEADER]: crc32c,
      ...(askFirst ? { expect: '100-continue' } : {}),
    });
    if (answer.status < 200 || answer.status > 299) throw failureOf(answer, parseJson(answer));
  }

  private send(
    method: string,
    url: string,
    body: Uint8Array | null,
    idleTimeoutMs: number,
    headers: Record<string, string | number>,
    isSecondTry = false,
  ): Promise<Answer> {
    const secure = url.startsWith('https:');
    const where = new URL(url).host;
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: secure ? this.https : this.http };
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
          this.send(method, url, body, idleTimeoutMs, headers, true).then(resolve, reject);
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
      if (headers.expect === undefined) {
        request.end(body ?? undefined);
        return;
      }
      const proceed = () => {
        clearTimeout(patience);
        if (!request.writableEnded) request.end(body ?? undefined);
      };
      const patience = setTimeout(proceed, ASK_PATIENCE_MS);
      request.once('continue', proceed);
      // An answer in place of "continue" is the refusal; the body is not sent then.
      request.once('response', () => clearTimeout(patience));
      request.once('close', () => clearTimeout(patience));
      request.flushHeaders();
    });
  }

  close(): void {
    this.http.destroy();
    this.https.destroy();
  }
}

function parseJson(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    // A proxy's page instead of our server's answer: the status decides.
    return null;
  }
}

function failureOf(answer: Answer, json: unknown): ServerRefused | ServerUnreachable {
  const fields = (typeof json === 'object' && json !== null ? json : {}) as {
    code?: unknown;
    message?: unknown;
  };
  const code = typeof fields.code === 'string' ? fields.code : 'UNKNOWN';
  const text = typeof fields.message === 'string' ? fields.message : `HTTP ${answer.status}`;
  const { status } = answer;
  if (status < 400 || status >= 500 || status === 408 || status === 429) {
    const retryAfterS = Number(answer.headers['retry-after']);
    return new ServerUnreachable(`HTTP ${status} ${code}: ${text}`, {
      retryAfterMs: Number.isFinite(retryAfterS) ? 1000 * Math.min(60, retryAfterS) : null,
    });
  }
  return new ServerRefused(status, code, text);
}
