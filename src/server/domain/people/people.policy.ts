import { AppError } from '#src/shared/errors/app-error.ts';
import type { Principal, ServiceContext } from '../context.ts';

/** The person who asks. Account matters belong to people only: agents and the anonymous get NOT_SIGNED_IN. */
export function requirePerson(ctx: ServiceContext): Extract<Principal, { kind: 'person' }> {
  if (ctx.principal.kind !== 'person') throw new AppError('NOT_SIGNED_IN');
  return ctx.principal;
}

/** For commands of the operator and the seed; never reachable from a browser. */
export function requireSystem(ctx: ServiceContext): void {
  if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
}
