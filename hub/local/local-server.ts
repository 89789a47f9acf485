import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import path from 'node:path';
import type { ReportLog } from '../agent/report-log.ts';
import { type LocalControl, LocalRefusal } from './local-control.ts';

/** The socket in the state folder by which the command line asks the running agent. */
export const socketPath = (stateDir: string): string => path.join(stateDir, 'hub.sock');

const PAGE_FOLDER = new URL('./page/', import.meta.url);
const PAGE_FILES: Readonly<Record<string, { file: string; type: string }>> = {
  '/': { file: 'page.html', type: 'text/html; charset=utf-8' },
  '/page.css': { file: 'page.css', type: 'text/css; charset=utf-8' },
  '/page.js': { file: 'page.js', type: 'text/javascript; charset=utf-8' },
};
/** Nothing from elsewhere, nothing inline, in no frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const MAX_BODY_BYTES = 4096;

export interface LocalServerDeps {
  control: LocalControl;
  reports: ReportLog;
  stateDir: string;
  /** Of the page on site, on 127.0.0.1; null = no page. */
  port: number | null;
}

/**
 * What an agent answers on its own machine: the command line over a socket that only its own account may open, and on loopback a page
 * that shows and changes nothing. Neither is needed for anything else: when one cannot be opened, that is told and the agent goes on.
 */
export class LocalServer {
  private readonly deps: LocalServerDeps;
  private readonly servers: Server[] = [];

  constructor(deps: LocalServerDeps) {
    this.deps = deps;
  }

  start(): void {
    const socket = socketPath(this.deps.stateDir);
    // Left by a process that was killed; the journal's lock says that nobody else listens there.
    rmSync(socket, { force: true });
    const own = this.serve('The command line', (request) => this.answerOwn(request));
    own.listen(socket, () => chmodSync(socket, 0o600));
    if (this.deps.port === null) return;
    const page = this.serve('The page on site', async (request) => this.answerPage(request));
    page.listen(this.deps.port, '127.0.0.1');
  }

  private serve(what: string, answer: (request: IncomingMessage) => Promise<Reply>): Server {
    const failed = (error: unknown): Reply => {
      if (error instanceof LocalRefusal) return reply(409, { message: error.message });
      this.deps.reports.addThrown(`${what} failed`, error);
      return reply(500, { message: 'It failed; its log says more.' });
    };
    const server = createServer((request, response) => {
      void answer(request)
        .catch(failed)
        .then(({ status, type, body }) => {
          response.writeHead(status, { ...HEADERS, 'content-type': type });
          response.end(body);
        });
    });
    server.on('error', (error) => {
      const message = `${what} is not available: ${error.message}. Everything else goes on.`;
      this.deps.reports.add({ level: 'warn', code: 'local-unavailable', message });
    });
    this.servers.push(server);
    return server;
  }

  private async answerOwn(request: IncomingMessage): Promise<Reply> {
    const { control } = this.deps;
    const route = `${request.method} ${request.url}`;
    if (route === 'GET /status') return reply(200, control.status());
    if (route === 'GET /experiments') return reply(200, control.experiments());
    if (request.method !== 'POST') return UNKNOWN;
    const body = await readBody(request);
    const by = typeof body.by === 'string' ? body.by.slice(0, 200) : 'somebody';
    if (request.url === '/activate') return reply(200, control.activate(String(body.experiment), by));
    if (request.url === '/pause') control.pause(by);
    else if (request.url === '/resume') control.resume(by);
    else return UNKNOWN;
    return reply(200, {});
  }

  private answerPage({ headers, method, url }: IncomingMessage): Reply {
    // A page elsewhere whose name was made to point to this machine.
    const hosts = [`127.0.0.1:${this.deps.port}`, `localhost:${this.deps.port}`];
    if (!hosts.includes(headers.host ?? '')) return reply(403, { message: 'For this machine only.' });
    if (method !== 'GET') return reply(405, { message: 'This page only shows.' });
    if (url === '/status.json') return reply(200, this.deps.control.status());
    const found = PAGE_FILES[url ?? ''];
    if (!found) return reply(404, { message: 'There is nothing here.' });
    return { status: 200, type: found.type, body: readFileSync(new URL(found.file, PAGE_FOLDER)) };
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }
}

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

interface Reply {
  status: number;
  type: string;
  body: string | Buffer;
}

const reply = (status: number, body: unknown): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

const UNKNOWN = reply(404, {
  message: 'That is not known here; is the command line of another version?',
});

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) throw new LocalRefusal('The question is too long.');
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    throw new LocalRefusal('The question is no JSON.');
  }
}
