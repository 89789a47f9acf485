import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import {
  addressesSchema,
  type CopyReport,
  copyNotedSchema,
  type FileAddress,
  type ManifestPage,
  manifestPageSchema,
  REST_API_BASE,
} from '#src/shared/contracts/rest-api.ts';
import {
  type Answer,
  failureOf,
  HttpTransport,
  parseJson,
  ServerRefused,
  ServerUnreachable,
} from '../../agent/http-transport.ts';
import { uplinkAgents } from '../../agent/uplink-agents.ts';
import type { UplinkConfig } from '../../agent/uplink-config.ts';
import { PullEnded } from './pull-faults.ts';

/** Requests are given up when nothing moved for this long. */
const IDLE_TIMEOUT_MS = 30_000;

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false };
}

/** Speaks the API of access tokens, and reads bytes where it says. Requests are never repeated here. */
export class PullServer {
  private readonly serverUrl: string;
  private readonly token: string;
  private readonly transport: HttpTransport;
  private readonly agents: ReturnType<typeof uplinkAgents>;

  constructor(serverUrl: string, token: string, uplink: UplinkConfig) {
    this.serverUrl = serverUrl;
    this.token = token;
    this.transport = new HttpTransport(uplink);
    this.agents = uplinkAgents(uplink);
  }

  /** @param page the cursor of the page before, null for the first; and how many files it is to hold at most */
  manifest(
    experiment: string,
    page: { cursor: string | null; limit: number },
    signal: AbortSignal,
  ): Promise<ManifestPage> {
    const query = new URLSearchParams({ limit: String(page.limit) });
    if (page.cursor !== null) query.set('cursor', page.cursor);
    const where = `/experiments/${encodeURIComponent(experiment)}/manifest?${query}`;
    return this.ask(where, manifestPageSchema, signal);
  }

  /** For each path its address, or that there is no file. @param paths up to ADDRESSES_MOST, all different */
  async addresses(
    experiment: string,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<(FileAddress | ServerRefused)[]> {
    const where = `/experiments/${encodeURIComponent(experiment)}/addresses`;
    const { files } = await this.ask(where, addressesSchema, signal, { paths });
    const found = new Map(files.map((file) => [file.path, file]));
    return paths.map(
      (path) =>
        found.get(path) ?? new ServerRefused(404, 'NOT_FOUND', 'there is no file of that path any more'),
    );
  }

  /** Says what is here; of a server that takes no such word nothing is expected. */
  async noteCopy(experiment: string, report: CopyReport, signal: AbortSignal): Promise<void> {
    const where = `/experiments/${encodeURIComponent(experiment)}/copies`;
    await this.ask(where, copyNotedSchema, signal, report);
  }

  /** @param question sent as JSON; absent: nothing is sent */
  private async ask<T>(where: string, schema: Schema<T>, signal: AbortSignal, question?: object): Promise<T> {
    const common = { accept: 'application/json', authorization: `Bearer ${this.token}` };
    const body = question === undefined ? null : Buffer.from(JSON.stringify(question));
    const answer = await this.transport.send({
      method: body === null ? 'GET' : 'POST',
      url: `${this.serverUrl}${REST_API_BASE}${where}`,
      body,
      idleTimeoutMs: IDLE_TIMEOUT_MS,
      headers:
        body === null
          ? common
          : { ...common, 'content-type': 'application/json', 'content-length': body.length },
      signal,
    });
    const json = parseJson(answer);
    if (answer.status !== 200) throw this.meaningOf(answer, json);
    const read = schema.safeParse(json);
    if (!read.success) throw this.stranger();
    return read.data;
  }

  /** What concerns all files ends the pull; everything else is for the caller. */
  private meaningOf(answer: Answer, json: unknown): Error {
    const failure = failureOf(answer, json);
    if (answer.status >= 300 && answer.status < 400) {
      return new PullEnded(
        `${this.serverUrl} sends elsewhere (${answer.headers.location}): give that address as --server.`,
      );
    }
    if (!(failure instanceof ServerRefused)) return failure;
    if (failure.status === 401 || failure.status === 403) {
      return new PullEnded(`The server refuses the access token: ${failure.message}.`);
    }
    return failure.code === 'UNKNOWN' ? this.stranger() : failure;
  }

  private stranger(): PullEnded {
    return new PullEnded(
      `${this.serverUrl} does not answer as a Beamdeck server of this version: is the address right?`,
    );
  }

  /**
   * The answer to a GET of the bytes from `first` on; its body is still to be read. A store that is away, or says "later", is
   * ServerUnreachable; the body's own errors are the caller's.
   */
  open(url: string, first: number, signal: AbortSignal): Promise<IncomingMessage> {
    const isSecure = url.startsWith('https:');
    return new Promise((resolve, reject) => {
      const request = (isSecure ? httpsRequest : httpRequest)(url, {
        agent: isSecure ? this.agents.https : this.agents.http,
        headers: first === 0 ? {} : { range: `bytes=${first}-` },
        signal,
      });
      request.setTimeout(IDLE_TIMEOUT_MS, () =>
        request.destroy(new Error(`nothing came for ${IDLE_TIMEOUT_MS / 1000} s`)),
      );
      request.on('error', (cause) =>
        reject(new ServerUnreachable(`${new URL(url).host}: ${cause.message || String(cause)}`, { cause })),
      );
      request.on('response', resolve);
      request.end();
    });
  }

  close(): void {
    this.transport.close();
    this.agents.http.destroy();
    this.agents.https.destroy();
  }
}
