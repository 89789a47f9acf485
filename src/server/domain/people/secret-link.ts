import { createHash } from 'node:crypto';
import type { ServiceContext } from '../context.ts';

/** Of the secret in a link only this is kept. 256 random bits need no slow hash. */
export const hashOfSecret = (token: string): string => createHash('sha256').update(token).digest('hex');

/** A new secret for a link, 43 letters, and what is kept of it. */
export function newSecret(ctx: ServiceContext): { token: string; tokenHash: string } {
  const token = Buffer.from(ctx.randomBytes(32)).toString('base64url');
  return { token, tokenHash: hashOfSecret(token) };
}
