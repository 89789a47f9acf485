import { notFound } from 'next/navigation';
import { AppError } from '#src/shared/errors/app-error.ts';

/**
 * What a page is about, or the page "There is nothing here" with status 404 when there is no such thing or it is not theirs to see.
 * Null when it could not be asked for: the page shows that itself, with a button to try again.
 */
export async function foundOrNotFound<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') notFound();
    return null;
  }
}
