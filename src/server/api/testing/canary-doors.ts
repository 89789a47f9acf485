import { pino } from 'pino';
import superjson from 'superjson';
import type { Container } from '#src/server/container.ts';
import { answerRequest } from '../rest/answer-request.ts';
import type { Operation } from '../rest/operation.ts';
import { appRouter } from '../root.ts';
import type { RestInput } from './rest-case.ts';
import { restRequest } from './rest-case.ts';

/** Of a web process, all that it writes, down to the finest level. */
export function logToLines() {
  const lines: string[] = [];
  return { lines, log: pino({ name: 'web', level: 'trace' }, { write: (line: string) => lines.push(line) }) };
}

const SLOT = Symbol.for('beamdeck.web-container');

/** Lets the routes of the app answer by these services. */
export async function asWeb<T>(services: Container, run: () => Promise<T>): Promise<T> {
  const shared = globalThis as { [SLOT]?: Container };
  shared[SLOT] = services;
  try {
    return await run();
  } finally {
    delete shared[SLOT];
  }
}

/** All that an answer holds: status, headers and body as they go over the line. */
export async function allOf(answer: Response): Promise<string> {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
  return [answer.status, ...headers, await answer.text()].join('\n');
}

const PROCEDURES = (
  appRouter as unknown as { _def: { procedures: Record<string, { _def: { type: string } }> } }
)._def.procedures;

export const isStream = (path: string): boolean => PROCEDURES[path]!._def.type === 'subscription';

/** Whether it only reads, so that nothing has to be undone. */
export const isQuery = (path: string): boolean => PROCEDURES[path]!._def.type === 'query';

/** Asks a procedure as a browser does; needs `asWeb`. */
export const askProcedure = (
  services: Container,
  path: string,
  headers: Headers,
  input: unknown,
): Promise<string> => askInWords(services, path, headers, JSON.stringify(superjson.serialize(input)));

/** The same with the input as it goes over the line. */
export async function askInWords(
  services: Container,
  path: string,
  headers: Headers,
  text: string,
): Promise<string> {
  const { GET, POST } = await import('#src/app/api/trpc/[trpc]/route.ts');
  const url = `${services.config.webUrl}/api/trpc/${path}`;
  const sent = new Headers(headers);
  if (isQuery(path))
    return allOf(await GET(new Request(`${url}?input=${encodeURIComponent(text)}`, { headers: sent })));
  sent.set('content-type', 'application/json');
  sent.set('origin', services.config.webUrl);
  return allOf(await POST(new Request(url, { method: 'POST', headers: sent, body: text })));
}

export const askOperation = async (
  services: Container,
  operation: Operation,
  input: RestInput,
  headers: Headers,
): Promise<string> => allOf(await answerRequest(services, restRequest(operation, input, headers)));
