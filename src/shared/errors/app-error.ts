/**
 * The closed list of errors Beamdeck answers with. Every code has one HTTP status, one default sentence and an anchor
 * in docs/errors.md. Services throw AppError; transports map it; anything else becomes INTERNAL and its text is masked.
 */
export const ERROR_CODES = {
  BAD_INPUT: { status: 400, title: 'The request is not valid.' },
  NOT_SIGNED_IN: { status: 401, title: 'Sign in to continue.' },
  WRONG_CREDENTIALS: { status: 401, title: 'E-mail or password is wrong.' },
  NOT_COVERED: { status: 402, title: 'The licence does not cover this.' },
  LICENCE_INVALID: { status: 403, title: 'This licence is not one of this installation, or it was changed.' },
  LICENCE_EXPIRED: { status: 403, title: 'The licence of this agent has expired.' },
  LICENCE_REVOKED: { status: 403, title: 'The licence of this agent was revoked.' },
  NOT_ALLOWED: { status: 403, title: 'Your role does not allow this.' },
  WRONG_ORIGIN: { status: 403, title: 'The request came from another site.' },
  LINK_EXPIRED: { status: 403, title: 'This link has expired.' },
  NOT_FOUND: { status: 404, title: 'There is nothing here, or it is not yours to see.' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'This address does not answer that method.' },
  CONFLICT: { status: 409, title: 'Something else changed this in the meantime.' },
  PROCESSING_OVER: { status: 409, title: 'The processing window of the experiment is over.' },
  ALREADY_DONE: { status: 409, title: 'This has been done already.' },
  TOO_LARGE: { status: 413, title: 'The request is larger than allowed.' },
  RANGE_NOT_SATISFIABLE: { status: 416, title: 'The requested range lies outside the file.' },
  CHECKSUM_MISMATCH: { status: 422, title: 'The bytes that arrived are not the bytes that were sent.' },
  TOO_MANY_REQUESTS: { status: 429, title: 'Too many attempts. Wait a moment.' },
  INTERNAL: { status: 500, title: 'Something went wrong on our side.' },
  UNAVAILABLE: { status: 503, title: 'A part of the system is not reachable. Try again.' },
  STORE_FULL: { status: 507, title: 'The store has no space left.' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface AppErrorOptions {
  /** What went wrong and what to do, for a person. Only shown for codes below 500. */
  message?: string;
  /** Field faults or facts a client can act on; never secrets. */
  details?: Readonly<Record<string, unknown>>;
  cause?: unknown;
  /** Seconds after which trying again makes sense (Retry-After). */
  retryAfterS?: number;
}

const BRAND = Symbol.for('beamdeck.app-error');

export class AppError extends Error {
  /** The web bundles pages and routes apart, each with its own copy of this class; all copies recognise each other's errors. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && BRAND in value;
  }

  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions | string = {}) {
    const given = typeof options === 'string' ? { message: options } : options;
    super(
      given.message ?? ERROR_CODES[code].title,
      given.cause === undefined ? undefined : { cause: given.cause },
    );
    this.name = 'AppError';
    this.code = code;
    this.details = given.details;
    this.retryAfterS = given.retryAfterS;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** What a client receives for any error. */
export interface PublicError {
  code: ErrorCode;
  message: string;
  requestId: string;
  details?: Readonly<Record<string, unknown>>;
}

/** Turns anything thrown into what may leave the server: texts of 5xx and of unknown errors are masked. */
export function toPublicError(thrown: unknown, requestId: string): { status: number; body: PublicError } {
  const error = thrown instanceof AppError ? thrown : new AppError('INTERNAL', { cause: thrown });
  const masked = error.status >= 500;
  return {
    status: error.status,
    body: {
      code: error.code,
      message: masked ? ERROR_CODES[error.code].title : error.message,
      requestId,
      ...(error.details && !masked ? { details: error.details } : {}),
    },
  };
}
