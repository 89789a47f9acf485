import { initTRPC, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import type { Container } from '#src/server/container.ts';
import { actingPerson, type ServiceContext } from '#src/server/domain/context.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { toAppError, trpcCodeOf, wireErrorOf } from './error-mapping.ts';
import { requireStorable } from './unstorable-text.ts';

/**
 * What every procedure has: `ctx.caller` is the ServiceContext a service wants as its first argument, `ctx.services`
 * is the container. A router is thin:
 *
 *   export const datasetsRouter = router({
 *     list: signedInProcedure.input(listInput).query(({ ctx, input }) => ctx.services.datasets.list(ctx.caller, input)),
 *   });
 *
 * Errors: throw AppError in the service; nothing is to be mapped in a router.
 */
export interface ApiContext {
  services: Container;
  caller: ServiceContext;
  /** Address of the caller (`caller-address.ts`); for rate limits and logs, never for rights. */
  ip: string;
}

const t = initTRPC.context<ApiContext>().create({
  transformer: superjson,
  sse: {
    // A proxy that drops quiet connections is met by pings; a browser that hears none for 3 pings connects anew.
    ping: { enabled: true, intervalMs: 5_000 },
    client: { reconnectAfterInactivityMs: 15_000 },
  },
  errorFormatter: ({ shape, error, ctx }) => {
    const wire = wireErrorOf(error, ctx?.caller.requestId ?? 'unknown');
    return {
      code: shape.code,
      message: wire.message,
      data: { code: shape.data.code, httpStatus: wire.status, path: shape.data.path, app: wire.app },
    };
  },
});

export const router = t.router;
export const mergeRouters = t.mergeRouters;
export const createCallerFactory = t.createCallerFactory;

const mapErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (result.ok) return result;
  const known = toAppError(result.error);
  if (known) throw new TRPCError({ code: trpcCodeOf(known), message: known.message, cause: known });
  return result;
});

/** One structured line per call: which procedure, who, how long, how it ended. Inputs are never logged. */
const logCalls = t.middleware(async ({ ctx, path, type, next }) => {
  const startedMs = performance.now();
  const result = await next();
  const { principal, requestId } = ctx.caller;
  const line = {
    requestId,
    procedure: path,
    type,
    durationMs: Math.round((performance.now() - startedMs) * 10) / 10,
    principal: actingPerson(ctx.caller) ?? principal.kind,
    ip: ctx.ip,
  };
  if (result.ok) {
    // What changes something is worth a line in every log; what only reads would drown it.
    ctx.services.log[type === 'mutation' ? 'info' : 'debug']({ ...line, code: 'OK' }, 'call');
    return result;
  }
  const { app, status } = wireErrorOf(result.error, requestId);
  if (status >= 500)
    ctx.services.log.error({ ...line, code: app.code, err: result.error.cause ?? result.error }, 'call');
  else ctx.services.log.info({ ...line, code: app.code }, 'call');
  return result;
});

/** Before any schema is asked: few of them name what no text may hold. */
const refuseUnstorable = t.middleware(async ({ getRawInput, next }) => {
  requireStorable(await getRawInput());
  return next();
});

/** Anybody, signed in or not. */
export const publicProcedure = t.procedure.use(logCalls).use(mapErrors).use(refuseUnstorable);

/**
 * People who are signed in, and tokens of theirs in the operations of `rest/operations.ts`: there alone a caller is a token, here it is whom the
 * session cookie names. Everything else is NOT_SIGNED_IN.
 */
export const signedInProcedure = publicProcedure.use(({ ctx, next }) => {
  if (actingPerson(ctx.caller) === null) throw new AppError('NOT_SIGNED_IN');
  return next({ ctx });
});
