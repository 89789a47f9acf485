import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../server/db/client.ts';
import { apiToken } from '../server/db/schema/index.ts';
import { TOKEN_SCOPE_NAMES } from '../shared/permissions/token-scopes.ts';
import { testContext } from './test-context.ts';

export interface GivenToken {
  tokenId: string;
  /** Headers of a request that carries it. */
  headers: Headers;
  token: string;
}

export const bearer = (token: string) => new Headers({ authorization: `Bearer ${token}` });

/** An access token as it lies in the database; also such as nobody could make any more. Every scope, for an hour, unless said otherwise. */
export async function giveToken(
  db: Database,
  personId: string,
  changes: Partial<typeof apiToken.$inferInsert> = {},
): Promise<GivenToken> {
  const { newId, now } = testContext();
  const token = `bd_${randomBytes(32).toString('base64url')}`;
  const tokenId = newId();
  await db.insert(apiToken).values({
    id: tokenId,
    personId,
    name: 'a test',
    tokenHash: createHash('sha256').update(token).digest('hex'),
    scopes: [...TOKEN_SCOPE_NAMES],
    createdAt: now(),
    expiresAt: new Date(now().getTime() + 3600 * 1000),
    ...changes,
  });
  return { tokenId, token, headers: bearer(token) };
}
