import type { z } from 'zod';
import { isDatabaseAway } from '#src/server/db/database-away.ts';
import type { Principal, ServiceContext } from '#src/server/domain/context.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';
import { AppError, toPublicError } from '#src/shared/errors/app-error.ts';
import { isUuid } from '../../shared/model/uuid.ts';
import { JSON_BODY_LIMIT, withLimitedBody } from './body-limit.ts';
import { toAppError } from './error-mapping.ts';
import { requestIdOf } from './request-facts.ts';

/** A completion carries the chunk tables of a whole file. */
export const COMPLETE_BODY_LIMIT = 8_000_000;

/** PostgreSQL stores neither U+0000 nor halves of surrogate pairs; a detector's strings may hold anything. */
const UNSTORABLE = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

const storableText = (text: string) => text.toWellFormed().replaceAll('\0', '\ufffd');

/** The same JSON value with every text, names of fields too, in a form PostgreSQL can store. */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [storableText(name), storable(field)]),
  );
}

/** Throws BAD_INPUT. */
export async function readJson(request: Request): Promise<unknown> {
  const text = await request.text();
  try {
    const json: unknown = JSON.parse(text);
    return UNSTORABLE.test(text) ? storable(json) : json;
  } catch {
    throw new AppError('BAD_INPUT', 'The body is not JSON.');
  }
}

async function principalOf(request: Request): Promise<Principal> {
  const token = /^Bearer ([A-Za-z0-9_-]{20,200})$/.exec(request.headers.get('authorization') ?? '')?.[1];
  if (!token) throw new AppError('NOT_SIGNED_IN', 'Agents send their token as "Authorization: Bearer …".');
  return webContainer().agents.authenticate(token);
}

/** What may leave the server of an error; what is our own fault is logged. */
export function publicErrorOf(error: unknown, requestId: string) {
  const known = toAppError(error);
  const { status, body } = toPublicError(known ?? error, requestId);
  if (status >= 500) {
    const sentence = isDatabaseAway(error) ? 'database is away' : 'request failed';
    webContainer().log.error({ requestId, err: error }, sentence);
  }
  return { status, body, retryAfterS: known?.retryAfterS ?? null };
}

/** The same of one thing of several that were asked for together. */
export function refusalOf(error: unknown, requestId: string) {
  const { status, body, retryAfterS } = publicErrorOf(error, requestId);
  return { status, code: body.code, message: body.message, retryAfterS };
}

/** What is called an id in a path of the agent interface is one of ours. */
function assertIds(params: Record<string, string>): void {
  const ids = Object.entries(params).filter(([name]) => name.endsWith('Id'));
  if (!ids.every(([, id]) => isUuid(id))) throw new AppError('NOT_FOUND');
}

interface AgentRoute<Input, Params> {
  /** Absent for GET. */
  body?: z.ZodType<Input>;
  /** The body is taken as it is, as Uint8Array. */
  bytes?: true;
  limitBytes?: number;
  handle(ctx: ServiceContext, input: Input, params: Params, request: Request): Promise<unknown>;
}

/** Without a schema nothing of the body is looked at. */
async function readInput<Input, Params>(route: AgentRoute<Input, Params>, request: Request): Promise<Input> {
  if (route.bytes) return new Uint8Array(await request.arrayBuffer()) as Input;
  return (route.body ? route.body.parse(await readJson(request)) : undefined) as Input;
}

/**
 * A route of the agent interface: bearer token only (no cookie is looked at, so no origin check is needed), JSON in with a
 * limit, JSON out, errors as { code, message, requestId, details? } and never a stack. The token is checked before the body is read.
 */
export function agentRoute<Input, Params extends Record<string, string>>(route: AgentRoute<Input, Params>) {
  return answering(route, principalOf);
}

/** A route of the agent interface for those who have no token yet: nobody is signed in, whatever is sent. */
export function openAgentRoute<Input>(route: AgentRoute<Input, Record<string, string>>) {
  return answering(route, async () => ({ kind: 'anonymous' }));
}

function answering<Input, Params extends Record<string, string>>(
  route: AgentRoute<Input, Params>,
  whoAsks: (request: Request) => Promise<Principal>,
) {
  return async (request: Request, { params }: { params: Promise<Params> }): Promise<Response> => {
    const requestId = requestIdOf(request.headers);
    const headers: Record<string, string> = { 'x-request-id': requestId, 'cache-control': 'no-store' };
    try {
      const ctx = newContext(await whoAsks(request), requestId);
      // Next gives routes without a dynamic segment no parameters at all, whatever its types say.
      const ids = ((await params) as Params | undefined) ?? ({} as Params);
      assertIds(ids);
      const limited = await withLimitedBody(request, route.limitBytes ?? JSON_BODY_LIMIT);
      const input = await readInput(route, limited);
      return Response.json(await route.handle(ctx, input, ids, request), { headers });
    } catch (error) {
      const { status, body, retryAfterS } = publicErrorOf(error, requestId);
      if (retryAfterS !== null) headers['retry-after'] = String(retryAfterS);
      return Response.json(body, { status, headers });
    }
  };
}
