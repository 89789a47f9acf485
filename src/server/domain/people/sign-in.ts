import type { Database, Transaction } from '#src/server/db/client.ts';
import { recordAudit } from '#src/server/events/outbox.repository.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { limitedPlace } from '#src/shared/model/limited-place.ts';
import type { Principal, ServiceContext } from '../context.ts';
import { hashPassword, isOutdatedHash, verifyPassword } from './password-hash.ts';
import { type PersonRow, personByEmail, setPasswordHash } from './people.repository.ts';
import type { SignedIn, SignInInput } from './people.types.ts';
import { insertSession, liveSession, touchSession } from './session.repository.ts';
import {
  deleteAttempt,
  forgiveAttempts,
  insertAttempt,
  markAttemptSucceeded,
} from './sign-in-attempt.repository.ts';
import { assertMayTry } from './sign-in-limit.ts';

/** A session ends this long after sign-in, whatever happens; long enough for a beam time and the days around it. */
export const SESSION_MS = 14 * 24 * 3600 * 1000;
/** "Last seen" is written at most this often, so that reading pages costs no writes. */
const TOUCH_MS = 60 * 1000;

const clip = (text: string | null, length: number) => (text === null ? null : text.slice(0, length));
/** Column `ip` is an address; what a proxy made of it may not be one. */
const addressOrNull = (ip: string) => (/^[0-9a-fA-F.:]+$/.test(ip) && ip.length <= 45 ? ip : null);

/**
 * The person of an e-mail and password, and the attempt that it was. Throws WRONG_CREDENTIALS (the same, after the same work, for an unknown
 * e-mail, a person without password and a disabled person) or TOO_MANY_REQUESTS with the wait.
 */
export async function checkPassword(
  db: Database,
  ctx: ServiceContext,
  input: Pick<SignInInput, 'email' | 'password' | 'ip'>,
) {
  const now = ctx.now();
  const email = input.email.trim().toLowerCase().slice(0, 320);
  const ip = input.ip.slice(0, 64);
  const who = { email, ip: limitedPlace(ip) };
  const attemptId = await db.transaction((tx) => insertAttempt(tx, { ...who, at: now }));
  try {
    await assertMayTry(db, who, attemptId, now);
  } catch (error) {
    await deleteAttempt(db, attemptId);
    throw error;
  }
  const found = await personByEmail(db, email);
  const usable = found && found.disabledAt === null ? found : null;
  const right = await verifyPassword(usable?.passwordHash ?? null, input.password);
  if (!usable || !right) {
    await recordAudit(db, ctx, {
      action: 'session.refused',
      entityKind: 'person',
      entityId: found?.id ?? null,
      detail: { ip },
    });
    throw new AppError('WRONG_CREDENTIALS');
  }
  await db.transaction(async (tx) => {
    await markAttemptSucceeded(tx, attemptId);
    await forgiveAttempts(tx, who.email, who.ip);
  });
  return { usable, ip };
}

/** The same request by somebody who has just proved who they are: what they do at the door stands in the audit under their name. */
export const actingAs = (
  ctx: ServiceContext,
  { id: personId, name, email }: Pick<PersonRow, 'id' | 'name' | 'email'>,
  sessionId = '',
): ServiceContext => ({ ...ctx, principal: { kind: 'person', personId, sessionId, name, email } });

/** Opens a session of somebody who has proved who they are. `through`: the identity that proved it, null for the password. */
export async function openSession(
  tx: Transaction,
  ctx: ServiceContext,
  who: Pick<PersonRow, 'id' | 'name' | 'email'>,
  input: { ip: string; userAgent: string | null; through: { identityId: string; provider: string } | null },
): Promise<SignedIn> {
  const now = ctx.now();
  const sessionId = ctx.newId();
  const ip = input.ip.slice(0, 64);
  const expiresAt = new Date(now.getTime() + SESSION_MS);
  await insertSession(tx, {
    ...{ id: sessionId, personId: who.id, createdAt: now, lastSeenAt: now, expiresAt },
    identityId: input.through?.identityId ?? null,
    userAgent: clip(input.userAgent, 400),
    ip: addressOrNull(ip),
  });
  await recordAudit(tx, actingAs(ctx, who, sessionId), {
    action: 'session.opened',
    entityKind: 'person',
    entityId: who.id,
    detail: { sessionId, ip, ...(input.through && { provider: input.through.provider }) },
  });
  return { personId: who.id, sessionId, name: who.name, email: who.email, expiresAt };
}

/** Checks e-mail and password and opens a session; throws as `checkPassword` does. */
export async function signIn(db: Database, ctx: ServiceContext, input: SignInInput): Promise<SignedIn> {
  const { usable, ip } = await checkPassword(db, ctx, input);
  const outdated = usable.passwordHash !== null && isOutdatedHash(usable.passwordHash);
  const renewed = outdated ? await hashPassword(input.password) : null;
  return db.transaction(async (tx) => {
    if (renewed !== null) await setPasswordHash(tx, usable.id, renewed);
    return openSession(tx, ctx, usable, { ip, userAgent: input.userAgent, through: null });
  });
}

/** Who a session id stands for now, or null when it was revoked, has expired, or its person was disabled. */
export async function principalOfSession(
  db: Database,
  sessionId: string,
  now: Date,
): Promise<Extract<Principal, { kind: 'person' }> | null> {
  const live = await liveSession(db, sessionId, now);
  if (!live) return null;
  if (now.getTime() - live.session.lastSeenAt.getTime() > TOUCH_MS) await touchSession(db, sessionId, now);
  const { id, name, email } = live.person;
  return { kind: 'person', personId: id, sessionId, name, email };
}
