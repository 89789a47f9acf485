import { ERROR_CODES, type PublicError } from '#src/shared/errors/app-error.ts';

export type ShownError = PublicError & { retryAfterS?: number };

function isPublicError(value: unknown): value is ShownError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    value.code in ERROR_CODES &&
    'message' in value
  );
}

/** What our server said about a failed call (tRPC client errors carry it in `data.app`), or null when it never answered. */
export function appErrorOf(error: unknown): ShownError | null {
  if (typeof error !== 'object' || error === null || !('data' in error)) return null;
  const { data } = error;
  if (typeof data !== 'object' || data === null || !('app' in data)) return null;
  return isPublicError(data.app) ? data.app : null;
}

/** A sentence for a person, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  const app = appErrorOf(error);
  if (app) return app.message;
  // fetch() that got no answer throws TypeError, with another text in every browser.
  if (error instanceof TypeError || (error instanceof Error && error.cause instanceof TypeError)) {
    return 'The server does not answer. The connection may be down.';
  }
  return 'Something went wrong in this page.';
}

/** Faults of single fields of a form, as the server found them: `{ "samples.0.name": "Too small" }`. */
export function fieldFaultsOf(error: unknown): Readonly<Record<string, string>> {
  const fields = appErrorOf(error)?.details?.fields;
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, string>) : {};
}
