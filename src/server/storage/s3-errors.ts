import { AppError } from '#src/shared/errors/app-error.ts';

/** Codes of S3 (API reference, "Error responses"), and those of Ceph RGW that differ, by what they mean for who asks. */
const GONE: readonly string[] = ['NoSuchKey', 'NoSuchUpload', 'NotFound'];
const FULL: readonly string[] = [
  // Ceph RGW: the quota of the user or of the bucket.
  'QuotaExceeded',
  'InsufficientCapacity',
  'InsufficientStorage',
];
const DAMAGED: readonly string[] = [
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'InvalidDigest',
  'IncompleteBody',
];
const TAKEN: readonly string[] = ['PreconditionFailed', 'ConditionalRequestConflict'];
const REFUSED: readonly string[] = [
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AllAccessDisabled',
  'AccountProblem',
];

const RETRY_AFTER_S = 5;

/** The code of a failed request: S3's, or the system's when there was no answer. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if ('Code' in thrown && typeof thrown.Code === 'string') return thrown.Code;
  return thrown.name !== 'Error' ? thrown.name : 'code' in thrown ? String(thrown.code) : '';
}

function statusOf(thrown: unknown): number | undefined {
  const metadata = thrown instanceof Error && '$metadata' in thrown ? thrown.$metadata : undefined;
  return (metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode;
}

/** What an answer of the store with this code and status means for the caller. */
export function answeredError(
  code: string,
  status: number | undefined,
  what: string,
  cause?: unknown,
): AppError {
  if (code === 'NoSuchBucket') {
    return new AppError('UNAVAILABLE', {
      message: 'The bucket of the store does not exist: create it, or correct BEAMDECK_S3_BUCKET.',
      cause,
    });
  }
  if (code === 'RequestTimeTooSkewed' || code === 'RequestExpired') {
    return new AppError('UNAVAILABLE', {
      message: 'The clocks of this machine and of the store differ too much: set the time of this machine.',
      cause,
      retryAfterS: RETRY_AFTER_S,
    });
  }
  if (FULL.includes(code) || status === 507) return new AppError('STORE_FULL', { cause });
  if (DAMAGED.includes(code)) return new AppError('CHECKSUM_MISMATCH', { cause });
  if (code === 'InvalidRange' || status === 416) return new AppError('RANGE_NOT_SATISFIABLE', { cause });
  if (TAKEN.includes(code) || status === 412) {
    return new AppError('CONFLICT', { message: `${what} exists already.`, cause });
  }
  if (REFUSED.includes(code) || status === 401 || status === 403) {
    return new AppError('UNAVAILABLE', {
      message:
        'The store refuses the key it was given: check BEAMDECK_S3_ACCESS_KEY, BEAMDECK_S3_SECRET_KEY and what they may do.',
      cause,
      retryAfterS: RETRY_AFTER_S,
    });
  }
  if (GONE.includes(code) || status === 404) {
    return new AppError('NOT_FOUND', { message: `${what} is not in the store.`, cause });
  }
  if (code === 'KeyTooLongError') {
    return new AppError('BAD_INPUT', { message: `${what} has a name the store cannot keep.`, cause });
  }
  return new AppError('UNAVAILABLE', {
    message: `The store failed at ${what}${code === '' ? '' : ` (${code})`}.`,
    cause,
    retryAfterS: RETRY_AFTER_S,
  });
}

/** What a failed request means for the caller; anything already an AppError stays. */
export function s3Error(thrown: unknown, what: string): AppError {
  if (thrown instanceof AppError) return thrown;
  return answeredError(codeOf(thrown), statusOf(thrown), what, thrown);
}

/** The store closed the connection in mid-request and its answer, if there was one, is not known. */
export function wasCutOff(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && ['EPIPE', 'ECONNRESET'].includes(String(cause.code));
}
