import { TRPCError } from '@trpc/server';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { AppError, ERROR_CODES, type ErrorCode } from '#src/shared/errors/app-error.ts';
import { toAppError, trpcCodeOf, wireErrorOf } from './error-mapping.ts';

const wire = (cause: unknown) =>
  wireErrorOf(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause }), 'req-1');

it.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s keeps its code and status', (code) => {
  const error = new AppError(code, 'a sentence');
  expect(trpcCodeOf(error)).toBeTruthy();
  const { status, app } = wire(error);
  expect(status).toBe(ERROR_CODES[code].status);
  expect(app.code).toBe(code);
  expect(app.message).toBe(status >= 500 ? ERROR_CODES[code].title : 'a sentence');
  expect(app.requestId).toBe('req-1');
});

it('masks everything unknown', () => {
  const leak = Object.assign(new Error('relation "person" does not exist at 10.0.0.3'), {
    query: 'select secret',
  });
  const { status, app, message } = wire(leak);
  expect([status, app.code]).toEqual([500, 'INTERNAL']);
  expect(JSON.stringify(app) + message).not.toMatch(/person|10\.0|select/);
});

it('names the fields of a bad input', () => {
  const fault = z.object({ a: z.object({ b: z.number() }) }).safeParse({ a: { b: 'x' } }).error!;
  const { app } = wire(fault);
  expect(app.code).toBe('BAD_INPUT');
  expect(Object.keys(app.details!.fields as object)).toEqual(['a.b']);
});

it('tells a database that is away from a bug', () => {
  const away = new Error('query failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });
  expect(toAppError(away)?.code).toBe('UNAVAILABLE');
  expect(toAppError(Object.assign(new Error('x'), { code: '23505' }))).toBeNull();
});

it('carries the wait', () => {
  expect(wire(new AppError('TOO_MANY_REQUESTS', { retryAfterS: 42 })).app.retryAfterS).toBe(42);
});

it('recognises an AppError of another copy of its class', () => {
  const foreign = Object.assign(new Error('x'), {
    [Symbol.for('beamdeck.app-error')]: true,
    code: 'CONFLICT',
    status: 409,
  });
  expect(foreign instanceof AppError).toBe(true);
  expect(new Error('x') instanceof AppError).toBe(false);
});
