const UNIQUE_VIOLATION = '23505';

/** True when the error, or one of its causes, says that a row with this key or name is there already. */
export function isNameTaken(thrown: unknown): boolean {
  let error: unknown = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error; depth++) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return true;
    error = error.cause;
  }
  return false;
}
