import type { Container } from '#src/server/container.ts';
import type { Principal } from '#src/server/domain/context.ts';
import { sessionIdOf } from './session-cookie.ts';

/** Who sent these headers: the person of a live session, or nobody. Shapes: any Headers with `cookie`. */
export async function principalOfRequest(container: Container, headers: Headers): Promise<Principal> {
  const sessionId = await sessionIdOf(headers.get('cookie'), container.config);
  if (sessionId === null) return { kind: 'anonymous' };
  return (await container.people.principalOfSession(sessionId, new Date())) ?? { kind: 'anonymous' };
}
