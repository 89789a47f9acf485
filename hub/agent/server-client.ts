import {
  AGENT_API_BASE,
  type AnnouncedPart,
  type HeartbeatRequest,
  type HeartbeatResponse,
  heartbeatResponseSchema,
  PART_CRC_HEADER,
  previewResponseSchema,
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
  type UploadsCompleteRequest,
  uploadCompleteResponseSchema,
  uploadOpenResponseSchema,
  uploadStateResponseSchema,
  uploadsCompleteResponseSchema,
} from '#src/shared/contracts/agent-api.ts';

import {
  type ControlRequest,
  type ControlResponse,
  controlResponseSchema,
} from '#src/shared/contracts/agent-control.ts';
import {
  type AttachFilesRequest,
  attachFilesResponseSchema,
  type FileDatasetOpenRequest,
} from '#src/shared/contracts/agent-files.ts';
import {
  type EnrolRequest,
  type EnrolResponse,
  enrolResponseSchema,
} from '#src/shared/contracts/agent-licence.ts';
import {
  failureFrom,
  failureOf,
  HttpTransport,
  parseJson,
  partFailure,
  ServerRefused,
  ServerUnreachable,
  type TransportRequest,
} from './http-transport.ts';

export { ServerRefused, ServerUnreachable } from './http-transport.ts';

interface Schema<T> {
  parse(value: unknown): T;
}

const JSON_TIMEOUT_MS = 15_000;
/** The store may have to bring the bytes to disk before it answers. */
const COMPLETE_TIMEOUT_MS = 120_000;
/** A part is given up when nothing moved for this long; a slow line that moves is not. */
const IDLE_TIMEOUT_MS = 30_000;

/** How a part is put. */
export interface PartPut {
  /** Of its bytes, where the store proves them by it. */
  md5: Buffer | null;
  /** Headers its address is bound to. */
  bound?: Readonly<Record<string, string>>;
  /** The body follows when the store says so. */
  askFirst: boolean;
  signal: AbortSignal;
}

/** What the client needs of `AgentAccess`. */
export interface ClientAccess {
  /** Null while the agent is not enrolled. */
  readonly token: string | null;
  /** Of every answer to a request with the token: null = accepted. */
  heard(refusal: ServerRefused | null): void;
}

/** A token that does not change, for agents that were given one. */
export const fixedToken = (token: string): ClientAccess => ({ token, heard: () => undefined });

/** Speaks the agent API and puts parts into the store. Requests are never repeated here: callers know what to do. */
export class ServerClient {
  private readonly base: string;
  private readonly access: ClientAccess;
  private readonly transport: HttpTransport;

  constructor(serverUrl: string, access: ClientAccess, transport = new HttpTransport()) {
    this.base = `${serverUrl}${AGENT_API_BASE}`;
    this.access = access;
    this.transport = transport;
  }

  /** The licence is the proof; no token yet. */
  enrol(request: EnrolRequest): Promise<EnrolResponse> {
    return this.ask('POST', '/enrol', Buffer.from(JSON.stringify(request)), enrolResponseSchema);
  }

  /** Answered when something changed, at the latest after `waitMs`. */
  control(request: ControlRequest, signal: AbortSignal): Promise<ControlResponse> {
    const timeoutMs = request.waitMs + JSON_TIMEOUT_MS;
    return this.call('POST', '/control', request, controlResponseSchema, timeoutMs, signal);
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

  /** @param announced what of the parts is known, where the store proves by MD5 */
  async signParts(
    uploadId: string,
    partNumbers: number[],
    announced: AnnouncedPart[] = [],
  ): Promise<SignedPart[]> {
    const ask = announced.length > 0 ? { partNumbers, announced } : { partNumbers };
    return (await this.call('POST', `/uploads/${uploadId}/sign`, ask, signPartsResponseSchema)).signed;
  }

  uploadState(uploadId: string): Promise<{ state: 'open' | 'completed' | 'aborted'; parts: StoredPart[] }> {
    return this.call('GET', `/uploads/${uploadId}`, null, uploadStateResponseSchema);
  }

  openFileDataset(dataset: FileDatasetOpenRequest): Promise<SeriesOpenResponse> {
    return this.call('POST', '/file-datasets', dataset, seriesOpenResponseSchema);
  }

  attachFiles(datasetId: string, files: AttachFilesRequest): Promise<{ attached: number }> {
    return this.call('POST', `/series/${datasetId}/files`, files, attachFilesResponseSchema);
  }

  /** @param png at most MAX_PREVIEW_BYTES */
  async putPreview(
    datasetId: string,
    frame: number,
    isKept: boolean,
    png: Uint8Array,
    signal?: AbortSignal,
  ): Promise<void> {
    const path = `/series/${datasetId}/previews/${frame}?kept=${isKept ? 1 : 0}`;
    await this.authorized((token) =>
      this.ask('PUT', path, png, previewResponseSchema, {
        token,
        contentType: 'image/png',
        limited: 'first',
        signal,
      }),
    );
  }

  completeUpload(uploadId: string, complete: UploadCompleteRequest): Promise<UploadCompleteResponse> {
    return this.call(
      'POST',
      `/uploads/${uploadId}/complete`,
      complete,
      uploadCompleteResponseSchema,
      COMPLETE_TIMEOUT_MS,
    );
  }

  /** The same for many; what the server refuses of one is its outcome. */
  async completeUploads(
    request: UploadsCompleteRequest,
  ): Promise<{ uploadId: string; outcome: UploadCompleteResponse | Error }[]> {
    const { uploads } = await this.call(
      'POST',
      '/uploads/complete',
      request,
      uploadsCompleteResponseSchema,
      COMPLETE_TIMEOUT_MS,
    );
    return uploads.map(({ uploadId, file, refusal }) => ({
      uploadId,
      outcome: file ?? (refusal ? failureFrom(refusal) : new ServerUnreachable('no outcome was told')),
    }));
  }

  private call<T>(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    schema: Schema<T>,
    timeoutMs = JSON_TIMEOUT_MS,
    signal?: AbortSignal,
  ): Promise<T> {
    const payload = body === null ? null : Buffer.from(JSON.stringify(body));
    return this.authorized((token) => this.ask(method, path, payload, schema, { token, timeoutMs, signal }));
  }

  private async authorized<T>(action: (token: string) => Promise<T>): Promise<T> {
    const { token } = this.access;
    if (token === null) throw new ServerUnreachable('this agent is not enrolled yet');
    try {
      const answer = await action(token);
      this.access.heard(null);
      return answer;
    } catch (error) {
      // What came for a token that was replaced meanwhile says nothing about the new one.
      if (error instanceof ServerRefused && token === this.access.token) this.access.heard(error);
      throw error;
    }
  }

  private async ask<T>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body: Uint8Array | null,
    schema: Schema<T>,
    options: Pick<TransportRequest, 'limited' | 'signal'> & {
      token?: string;
      timeoutMs?: number;
      contentType?: string;
    } = {},
  ): Promise<T> {
    const { token, timeoutMs = JSON_TIMEOUT_MS, signal, limited, contentType = 'application/json' } = options;
    const answer = await this.transport.send({
      method,
      url: this.base + path,
      body,
      idleTimeoutMs: timeoutMs,
      signal,
      limited,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body ? { 'content-type': contentType, 'content-length': body.length } : {}),
      },
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
  async putPart(
    url: string,
    bytes: Uint8Array,
    crc32c: string,
    { md5, askFirst, signal, bound = {} }: PartPut,
  ): Promise<void> {
    const answer = await this.transport.send({
      method: 'PUT',
      url,
      body: bytes,
      limited: 'in-turn',
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      signal,
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': bytes.length,
        [PART_CRC_HEADER]: crc32c,
        ...bound,
        ...(md5 === null ? {} : { 'content-md5': md5.toString('base64') }),
        ...(askFirst ? { expect: '100-continue' } : {}),
      },
    });
    if (answer.status < 200 || answer.status > 299) throw partFailure(answer);
  }

  close(): void {
    this.transport.close();
  }
}
