import type { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import { isDatabaseAway } from '#src/server/db/database-away.ts';
import { AppError, type ErrorCode, type PublicError, toPublicError } from '#src/shared/errors/app-error.ts';

type TrpcCode = ConstructorParameters<typeof TRPCError>[0]['code'];

const TRPC_CODES: Record<ErrorCode, TrpcCode> = {
  BAD_INPUT: 'BAD_REQUEST',
  NOT_SIGNED_IN: 'UNAUTHORIZED',
  WRONG_CREDENTIALS: 'UNAUTHORIZED',
  NOT_COVERED: 'PAYMENT_REQUIRED',
  LICENCE_INVALID: 'FORBIDDEN',
  LICENCE_EXPIRED: 'FORBIDDEN',
  LICENCE_REVOKED: 'FORBIDDEN',
  NOT_ALLOWED: 'FORBIDDEN',
  WRONG_ORIGIN: 'FORBIDDEN',
  LINK_EXPIRED: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  METHOD_NOT_ALLOWED: 'METHOD_NOT_SUPPORTED',
  CONFLICT: 'CONFLICT',
  PROCESSING_OVER: 'CONFLICT',
  ALREADY_DONE: 'CONFLICT',
  TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  RANGE_NOT_SATISFIABLE: 'BAD_REQUEST',
  CHECKSUM_MISMATCH: 'UNPROCESSABLE_CONTENT',
  TOO_MANY_REQUESTS: 'TOO_MANY_REQUESTS',
  INTERNAL: 'INTERNAL_SERVER_ERROR',
  UNAVAILABLE: 'SERVICE_UNAVAILABLE',
  STORE_FULL: 'INTERNAL_SERVER_ERROR',
};

export const trpcCodeOf = (error: AppError): TrpcCode => TRPC_CODES[error.code];

/** Field faults of an input as `{ "samples.0.name": "Too small" }`, so that a form can show each where it belongs. */
function fieldFaults(error: ZodError): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const issue of error.issues) {
    const field = issue.path.map(String).join('.') || '(input)';
    faults[field] ??= issue.message;
  }
  return faults;
}

/** What a thrown thing means in our closed list, or null when only "something went wrong" can be said. */
export function toAppError(thrown: unknown): AppError | null {
  let error: unknown = thrown;
  for (let depth = 0; depth < 4 && error instanceof Error; depth++) {
    if (error instanceof AppError) return error;
    if (error instanceof ZodError) {
      const fields = fieldFaults(error);
      const [field, fault] = Object.entries(fields)[0] ?? ['(input)', 'is not valid'];
      return new AppError('BAD_INPUT', { message: `${field}: ${fault}`, details: { fields } });
    }
    error = error.cause;
  }
  return isDatabaseAway(thrown) ? new AppError('UNAVAILABLE', { cause: thrown }) : null;
}

export interface WireError {
  status: number;
  message: string;
  app: PublicError & { retryAfterS?: number };
}

/** tRPC's own refusals (unknown procedure, wrong method, unreadable JSON) in our codes. */
function transportFault(code: TrpcCode): AppError {
  switch (code) {
    case 'NOT_FOUND':
      return new AppError('NOT_FOUND', 'There is no such procedure.');
    case 'PARSE_ERROR':
    case 'BAD_REQUEST':
    case 'METHOD_NOT_SUPPORTED':
    case 'UNSUPPORTED_MEDIA_TYPE':
      return new AppError('BAD_INPUT');
    case 'PAYLOAD_TOO_LARGE':
      return new AppError('TOO_LARGE');
    case 'UNAUTHORIZED':
      return new AppError('NOT_SIGNED_IN');
    case 'FORBIDDEN':
      return new AppError('NOT_ALLOWED');
    default:
      return new AppError('INTERNAL');
  }
}

/** The one shape of an error on the wire; texts of 5xx and of unknown errors are masked. */
export function wireErrorOf(error: TRPCError, requestId: string): WireError {
  const known = toAppError(error) ?? transportFault(error.code);
  const { status, body } = toPublicError(known, requestId);
  const retry = known.retryAfterS === undefined ? {} : { retryAfterS: known.retryAfterS };
  return { status, message: body.message, app: { ...body, ...retry } };
}
