import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { crc32c } from '@node-rs/crc32';
import {
  AGENT_API_BASE,
  type AgentReport,
  type HeartbeatRequest,
  heartbeatRequestSchema,
  PART_CRC_HEADER,
  type SeriesOpenRequest,
  type StoredPart,
  seriesEndRequestSchema,
  seriesOpenRequestSchema,
  signPartsRequestSchema,
  type UploadCompleteRequest,
  type UploadsCompleteRequest,
  type UploadsCompleteResponse,
  uploadCompleteRequestSchema,
  uploadOpenRequestSchema,
  uploadsCompleteRequestSchema,
  uploadsCompleteResponseSchema,
} from '#src/shared/contracts/agent-api.ts';
import { attachFilesRequestSchema, fileDatasetOpenRequestSchema } from '#src/shared/contracts/agent-files.ts';
import { PEER_INSTRUMENT, PeerAuthority } from './peer-authority.ts';
import { misbehave, type PeerFault, readBody, say } from './peer-faults.ts';
import type { PeerDataset, PeerFile } from './peer-records.ts';
import { isOf, PeerSharedSeries } from './peer-shared-series.ts';
import { PeerSourceFiles } from './peer-source-files.ts';

/*
 * The other end of the agent API over one folder, for tests and experiments with the HUB alone: a real HTTP server that
 * checks every message against the contract, every part against its CRC and every file against its SHA-256. It can be
 * told to misbehave.
 */

export type { PeerDataset, PeerFile } from './peer-records.ts';

interface PeerUpload {
  uploadId: string;
  clientId: string;
  path: string;
  kind: string;
  datasetId: string | null;
  partBytes: number;
  parts: Map<number, StoredPart>;
  completed: UploadCompleteRequest | null;
}

export interface PeerRequest {
  method: string;
  path: string;
  /** Counts from 1 per method and path pattern (ids left out). */
  nth: number;
}

interface PeerAnswer {
  status: number;
  body: unknown;
}

function reply(status: number, body: unknown): PeerAnswer {
  return { status, body };
}

export class AgentApiPeer {
  readonly folder: string;
  readonly datasets = new Map<string, PeerDataset>();
  readonly files: PeerFile[] = [];
  readonly reports: AgentReport[] = [];
  /** Paths of files, and previews as "preview raw/series_1 0", in the order of their coming. */
  readonly recorded: string[] = [];
  readonly authority = new PeerAuthority();
  readonly shared = new PeerSharedSeries();
  /** Of watched folders. */
  readonly sourceFiles = new PeerSourceFiles();
  lastHeartbeat: HeartbeatRequest | null = null;
  serverClockAheadMs = 0;
  storesSiteSwitches = true;
  /** Where agents find the parts' addresses, when something stands in front. */
  publicUrl: string | null = null;
  fault: (request: PeerRequest) => PeerFault = () => null;
  /** What was asked for is done; the answer waits until this resolves. */
  hold: (request: PeerRequest) => Promise<void> = async () => undefined;
  readonly violations: string[] = [];
  readonly uploads = new Map<string, PeerUpload>();
  private readonly byClient = new Map<string, PeerUpload>();
  private readonly counts = new Map<string, number>();
  private server: Server | null = null;
  private port = 0;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        this.violations.push(`${request.method} ${request.url}: ${String(error)}`);
        if (!response.headersSent) say(response, 400, { code: 'BAD_INPUT', message: String(error) });
      });
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Goes away; `listen` brings it back on the same port with what it had. */
  async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    this.server = null;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://peer');
    const { method = 'GET' } = request;
    const pattern = `${method} ${url.pathname.replaceAll(/[0-9a-f-]{36}/g, ':id').replace(/\/\d+$/, '/:n')}`;
    const nth = (this.counts.get(pattern) ?? 0) + 1;
    this.counts.set(pattern, nth);
    const fault = this.fault({ method, path: url.pathname, nth });
    if (fault !== 'answer-lost' && (await misbehave(fault, request, response))) return;
    const body = await readBody(request);
    if (body === null) return;
    const answer = url.pathname.startsWith(AGENT_API_BASE)
      ? await this.answerAgent(method, url, body, request, response)
      : this.putPart(url, request, body);
    await this.hold({ method, path: url.pathname, nth });
    if (fault === 'answer-lost') request.socket.destroy();
    else say(response, answer.status, answer.body);
  }

  private async answerAgent(
    method: string,
    url: URL,
    body: Buffer,
    { headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<PeerAnswer> {
    const { authority } = this;
    const what = url.pathname.slice(AGENT_API_BASE.length);
    if (what === '/enrol') {
      const result = authority.enrol(JSON.parse(body.toString('utf8')));
      return 'answer' in result ? reply(200, result.answer) : reply(403, result.refusal);
    }
    const refused = () => authority.refusalOf(headers.authorization);
    const refusal = refused();
    if (refusal) return reply(refusal.code === 'NOT_SIGNED_IN' ? 401 : 403, refusal);
    const preview = /^\/series\/([0-9a-f-]{36})\/previews\/(\d+)$/.exec(what);
    if (method === 'PUT' && preview) {
      const kept = url.searchParams.get('kept') === '1';
      const frame = Number(preview[2]);
      this.shared.previews.push({ datasetId: preview[1]!, frame, kept, png: body });
      this.recorded.push(`preview ${this.datasets.get(preview[1]!)?.base} ${frame}`);
      return reply(200, { storedAt: this.now() });
    }
    if (what !== '/control') return this.route(method, url, body, String(headers.authorization));
    const gone = new Promise<void>((resolve) => response.once('close', resolve));
    const answer = await authority.answerControl(JSON.parse(body.toString('utf8')), gone, () => this.now());
    return refused() ? reply(403, refused()) : reply(200, answer);
  }

  private route(method: string, url: URL, body: Buffer, agent: string): PeerAnswer {
    const json: unknown = body.length > 0 ? JSON.parse(body.toString('utf8')) : null;
    const [, first, id, action] = url.pathname.slice(AGENT_API_BASE.length).split('/');
    const route = `${method} ${first}${id ? '/:id' : ''}${action ? `/${action}` : ''}`;
    if (route === 'POST heartbeat') return reply(200, this.heartbeat(heartbeatRequestSchema.parse(json)));
    if (route === 'POST series')
      return reply(200, this.openSeries(seriesOpenRequestSchema.parse(json), agent));
    if (route === 'POST series/:id/end') {
      const dataset = this.datasets.get(id!) ?? this.sourceFiles.datasets.get(id!);
      const end = seriesEndRequestSchema.parse(json);
      if (this.shared.isShared(id!)) return reply(200, this.shared.end(id!, agent, end, this.files));
      dataset!.end = end;
      return reply(200, { state: 'complete' });
    }
    if (route === 'POST file-datasets') {
      return reply(200, this.sourceFiles.openDataset(fileDatasetOpenRequestSchema.parse(json), randomUUID()));
    }
    if (route === 'POST series/:id/files') {
      const { files } = attachFilesRequestSchema.parse(json);
      this.sourceFiles.datasets.get(id!)!.attached.push(...files);
      return reply(200, { attached: files.length });
    }
    if (route === 'POST uploads') return reply(200, this.openUploads(json));
    if (id === 'complete') return reply(200, this.completeAll(uploadsCompleteRequestSchema.parse(json)));
    const upload = this.uploads.get(id ?? '');
    if (!upload) return reply(404, { code: 'NOT_FOUND', message: `no upload for ${route}` });
    if (route === 'POST uploads/:id/sign') {
      const { partNumbers } = signPartsRequestSchema.parse(json);
      return reply(200, { signed: partNumbers.map((part) => this.sign(upload, part)) });
    }
    if (route === 'GET uploads/:id') {
      const state = upload.completed ? 'completed' : 'open';
      return reply(200, { uploadId: upload.uploadId, state, parts: [...upload.parts.values()] });
    }
    if (route === 'POST uploads/:id/complete') {
      return this.complete(upload, uploadCompleteRequestSchema.parse(json));
    }
    return reply(404, { code: 'NOT_FOUND', message: route });
  }

  /** What became of each, as one request for it would have been answered. */
  private completeAll({ uploads }: UploadsCompleteRequest): UploadsCompleteResponse {
    const outcomes = uploads.map(({ uploadId, ...request }) => {
      const upload = this.uploads.get(uploadId);
      const { status, body } = upload
        ? this.complete(upload, request)
        : reply(404, { code: 'NOT_FOUND', message: 'no such upload' });
      const refusal = { status, retryAfterS: null, ...(body as { code: string; message: string }) };
      return { uploadId, file: status === 200 ? body : null, refusal: status === 200 ? null : refusal };
    });
    return uploadsCompleteResponseSchema.parse({ uploads: outcomes });
  }

  private now(): string {
    return new Date(Date.now() + this.serverClockAheadMs).toISOString();
  }

  private heartbeat(beat: HeartbeatRequest) {
    this.lastHeartbeat = beat;
    if (this.storesSiteSwitches) this.authority.takeSiteSwitches(beat.siteSwitches ?? []);
    for (const report of beat.reports) {
      if (!this.reports.some(({ id }) => id === report.id)) this.reports.push(report);
    }
    return {
      serverTime: this.now(),
      instrument: { id: PEER_INSTRUMENT.id, name: PEER_INSTRUMENT.name },
      activeExperiment: null,
      reportsStored: beat.reports.map(({ id }) => id),
      siteSwitchesStored: this.storesSiteSwitches ? beat.siteSwitches?.map(({ id }) => id) : [],
      commandOutcomesStored: beat.commandOutcomes?.map(({ id }) => id),
    };
  }

  private openSeries(request: SeriesOpenRequest, agent: string) {
    let dataset = [...this.datasets.values()].find((known) => isOf(known.request, request));
    if (!dataset) {
      const wanted = `raw/${request.prefix === '' ? `series_${request.seriesId}` : request.prefix}`;
      const taken = (base: string) => [...this.datasets.values()].some((known) => known.base === base);
      let base = wanted;
      for (let n = 2; taken(base); n++) base = `${wanted}_${n}`;
      dataset = { datasetId: randomUUID(), base, request, end: null };
      this.datasets.set(dataset.datasetId, dataset);
    }
    if ((request.participants ?? 1) > 1) this.shared.open(dataset, agent);
    return {
      datasetId: dataset.datasetId,
      base: dataset.base,
      experimentCode: 'DEM26-00000',
      unassignedReason: null,
    };
  }

  private openUploads(json: unknown) {
    const { uploads } = uploadOpenRequestSchema.parse(json);
    return {
      uploads: uploads.map((item) => {
        let upload = this.byClient.get(item.clientId);
        if (!upload) {
          const { clientId, kind, datasetId, partBytes, origin } = item;
          const place = origin
            ? this.sourceFiles.open(clientId, origin)
            : { path: item.path, isKnown: false };
          if (place.isKnown) return knownUpload(clientId, place.path);
          upload = {
            uploadId: randomUUID(),
            clientId,
            path: place.path,
            kind,
            datasetId,
            partBytes,
            parts: new Map(),
            completed: null,
          };
          this.uploads.set(upload.uploadId, upload);
          this.byClient.set(clientId, upload);
        }
        const open = upload;
        return {
          clientId: open.clientId,
          uploadId: open.uploadId,
          path: open.path,
          state: open.completed ? ('completed' as const) : ('open' as const),
          partCheck: 'crc32c' as const,
          signed: item.signParts.map((part) => this.sign(open, part)),
        };
      }),
    };
  }

  /** What happens when a store loses an unfinished upload (an aborted multipart upload, a cleaned disk). */
  forgetUploads(): void {
    this.uploads.clear();
    this.byClient.clear();
  }

  private sign(upload: PeerUpload, partNumber: number) {
    const expiresAt = new Date(Date.now() + this.serverClockAheadMs + 60_000).toISOString();
    return {
      partNumber,
      url: `${this.publicUrl ?? this.url}/parts/${upload.uploadId}/${partNumber}`,
      expiresAt,
    };
  }

  private localPath(file: string): string {
    return path.join(this.folder, file);
  }

  private putPart(url: URL, request: IncomingMessage, body: Buffer): PeerAnswer {
    const [, , uploadId, number] = url.pathname.split('/');
    const upload = this.uploads.get(uploadId!);
    if (!upload || upload.completed) return reply(404, { code: 'NOT_FOUND', message: 'no such upload' });
    const crc = crc32c(body).toString(16).padStart(8, '0');
    if (crc !== request.headers[PART_CRC_HEADER]) {
      this.violations.push(`part ${number} of ${upload.path}: wrong CRC`);
      return reply(422, { code: 'CHECKSUM_MISMATCH', message: 'wrong CRC' });
    }
    const file = this.localPath(`${uploadId}.part`);
    const fd = openSync(file, existsSync(file) ? 'r+' : 'w+');
    writeSync(fd, body, 0, body.length, (Number(number) - 1) * upload.partBytes);
    closeSync(fd);
    upload.parts.set(Number(number), { partNumber: Number(number), sizeBytes: body.length, crc32c: crc });
    return reply(200, {});
  }

  private complete(upload: PeerUpload, complete: UploadCompleteRequest): PeerAnswer {
    const mismatch = complete.parts.filter(
      ({ partNumber, crc32c: crc }) => upload.parts.get(partNumber)?.crc32c !== crc,
    );
    if (mismatch.length > 0) {
      return reply(422, {
        code: 'CHECKSUM_MISMATCH',
        message: `parts ${mismatch.map((p) => p.partNumber)}`,
      });
    }
    const bytes = readFileSync(this.localPath(`${upload.uploadId}.part`)).subarray(0, complete.sizeBytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== complete.sha256 || bytes.length !== complete.sizeBytes) {
      this.violations.push(`${upload.path}: wrong SHA-256 or size`);
      return reply(422, { code: 'CHECKSUM_MISMATCH', message: 'wrong SHA-256' });
    }
    if (upload.completed === null) {
      upload.completed = complete;
      const { path: filePath, kind, datasetId } = upload;
      this.files.push({ path: filePath, kind, datasetId, complete });
      this.recorded.push(filePath);
      this.sourceFiles.complete(upload.clientId);
      const target = this.localPath(filePath);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
    const at = this.now();
    return reply(200, { fileId: upload.uploadId, path: upload.path, storedAt: at, committedAt: at });
  }
}

const knownUpload = (clientId: string, filePath: string) => ({
  clientId,
  uploadId: randomUUID(),
  path: filePath,
  state: 'known' as const,
  partCheck: 'crc32c' as const,
  signed: [],
});
