import { createHash } from 'node:crypto';
import type { Container } from '#src/server/container.ts';
import type { ServiceContext } from '#src/server/domain/context.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { answerOnce } from '#src/server/domain/tokens/kept-answers.ts';
import { REST_API_BASE } from '#src/shared/contracts/rest-api.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { publicErrorOf } from '../agent-route.ts';
import { JSON_BODY_LIMIT, withLimitedBody } from '../body-limit.ts';
import { callerAddress } from '../caller-address.ts';
import { requestIdOf } from '../request-facts.ts';
import { askedJson, askedQuery } from './asked-json.ts';
import { findOperation } from './find-operation.ts';
import { type Operation, statusOf } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { type Question, runOperation } from './run-operation.ts';
import { type TokenPrincipal, tokenPrincipal } from './token-principal.ts';

const KEY = /^[\x21-\x7e]{1,200}$/;

function assertScope({ scopes }: TokenPrincipal, { scope }: Operation): void {
  if (scopes.includes(scope)) return;
  throw new AppError('NOT_ALLOWED', {
    message: `This access token was not made for ${scope}. Make one with that scope.`,
    details: { scope },
  });
}

async function readQuestion(
  operation: Operation,
  params: Record<string, string>,
  request: Request,
): Promise<Omit<Question, 'ip'>> {
  const query = askedQuery(new URL(request.url).searchParams);
  const limited = request.method === 'GET' ? null : await withLimitedBody(request, JSON_BODY_LIMIT);
  const body = limited ? await askedJson(limited) : {};
  for (const [place, schema, given] of [
    ['The address', operation.query, query],
    ['The body', operation.body, body],
  ] as const) {
    if (schema || (typeof given === 'object' && given !== null && Object.keys(given).length === 0)) continue;
    throw new AppError('BAD_INPUT', `${place} of this operation has no fields.`);
  }
  return {
    params,
    query: operation.query?.parse(query) ?? {},
    body: operation.body?.parse(body) ?? {},
    headers: request.headers,
  };
}

/** Runs it, or gives what the same key was answered before. */
async function answerOf(
  services: Container,
  ctx: ServiceContext & { principal: TokenPrincipal },
  operation: Operation,
  question: Question,
): Promise<{ status: number; answer: unknown; isRepeated: boolean }> {
  const status = statusOf(operation);
  const key = operation.creates ? question.headers.get('idempotency-key') : null;
  if (key === null) {
    return { status, answer: await runOperation(operation, services, ctx, question), isRepeated: false };
  }
  if (!KEY.test(key)) {
    throw new AppError('BAD_INPUT', 'An Idempotency-Key has 1 to 200 visible ASCII characters.');
  }
  const { params, query, body } = question;
  const requestHash = createHash('sha256')
    .update(JSON.stringify([operation.id, params, query, body]))
    .digest('hex');
  return answerOnce(services.db, ctx, { key, requestHash, status }, (db) =>
    runOperation(operation, { ...services, ...services.servicesOn(db), db }, ctx, question),
  );
}

/**
 * Answers a request under /api/v1: the token, the operation, its scope, its shape, then the rules of its procedure. No cookie is looked at, so a
 * browser of somebody who is signed in opens nothing. Errors are { code, message, requestId, details? }, never a stack.
 */
export async function answerRequest(services: Container, request: Request): Promise<Response> {
  const requestId = requestIdOf(request.headers);
  const headers: Record<string, string> = { 'x-request-id': requestId, 'cache-control': 'no-store' };
  try {
    const principal = await tokenPrincipal(services, request.headers);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const path = new URL(request.url).pathname.slice(REST_API_BASE.length);
    const { operation, params } = findOperation(OPERATIONS, method, path);
    assertScope(principal, operation);
    const ctx = { ...newContext(principal, requestId), principal };
    const ip = callerAddress(request.headers, services.config.trustedProxies);
    const question = { ...(await readQuestion(operation, params, request)), ip };
    const { status, answer, isRepeated } = await answerOf(services, ctx, operation, question);
    if (isRepeated) headers['idempotent-replayed'] = 'true';
    if (answer instanceof Response) {
      for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
      return answer;
    }
    return status === 204
      ? new Response(null, { status, headers })
      : Response.json(answer, { status, headers });
  } catch (error) {
    const { status, body, retryAfterS } = publicErrorOf(error, requestId);
    if (status === 401) headers['www-authenticate'] = 'Bearer';
    if (status === 405) headers.allow = String(body.details?.allow);
    if (retryAfterS !== null) headers['retry-after'] = String(retryAfterS);
    return Response.json(body, { status, headers });
  }
}
