import { AppError } from '#src/shared/errors/app-error.ts';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Throws WRONG_ORIGIN when a write that relies on cookies may come from another site. Browsers send Sec-Fetch-Site (a page
 * cannot forge it) and, with every POST, Origin; a client without either is no browser and carries no ambient cookies of
 * one. SameSite=Lax alone does not do: sites under the same registrable domain count as the same site.
 */
export function assertOwnOrigin(request: { method: string; headers: Headers }, webUrl: string): void {
  if (READS.has(request.method)) return;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') throw new AppError('WRONG_ORIGIN');
  const origin = request.headers.get('origin');
  if (origin !== null && origin !== webUrl) {
    throw new AppError(
      'WRONG_ORIGIN',
      `This page was opened as ${origin.slice(0, 100)}, but its address is ${webUrl}.`,
    );
  }
}
