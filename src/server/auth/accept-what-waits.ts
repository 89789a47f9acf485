import type { Container } from '#src/server/container.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import type { SignedIn } from '#src/server/domain/people/people.types.ts';

/** Invitations that waited for somebody's first sign-in. Whatever goes wrong with them is no reason to keep the person out. */
export async function acceptWhatWaits(
  { invitations, log }: Pick<Container, 'invitations' | 'log'>,
  { personId, sessionId, name, email }: SignedIn,
  requestId: string,
): Promise<void> {
  try {
    const caller = newContext({ kind: 'person', personId, sessionId, name, email }, requestId);
    await invitations.acceptAtFirstSignIn(caller);
  } catch (error) {
    log.error({ requestId, err: error }, 'invitations could not be accepted at sign-in');
  }
}
