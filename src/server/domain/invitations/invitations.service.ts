import type { Database } from '../../db/client.ts';
import { createAnswering } from './answer.ts';
import { createInviting } from './invite.ts';

/** Asking people into an experiment, and their answer. */
export function createInvitationsService(deps: { db: Database; webUrl: string }) {
  return { ...createInviting(deps), ...createAnswering(deps) };
}

export type InvitationsService = ReturnType<typeof createInvitationsService>;
