import type { Database } from '#src/server/db/client.ts';
import { recordAudit } from '#src/server/events/outbox.repository.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { limitedPlace } from '#src/shared/model/limited-place.ts';
import type { Principal, ServiceContext } from '../context.ts';
import { hashPassword, isOutdatedHash, verifyPassword } from './password-hash.ts';
import {
  deleteAttempt,
  forgiveAttempts,
  insertAttempt,
  insertSession,
  liveSession,
  markAttemptSucceeded,
  personByEmail,
  setPasswordHash,
  touchSession,
} from './people.repository.ts';
import type { SignedIn, SignInInput } from './people.types.ts';
import { assertMayTry } from './sign-in-limit.ts';

/** A session ends this long after sign-in, whatever happens; long enough for a beam time and the days around it. */
export const SESSION_MS = 14 * 24 * 3600 * 1000;
/** "Last seen" is written at most this often, so that reading pages costs no writes. */
const TOUCH_MS = 60 * 1000;

const clip = (text: string | null, length: number) => (text === null ? null : text.slice(0, length));
/** Column `ip` is an address; what a proxy made of it may not be one. */
const addressOrNull = (ip: string) => (/^[0-9a-fA-F.:]+$/.test(ip) && ip.length <= 45 ? ip : null);

/**
 * Checks e-mail and password and opens a session. Throws WRONG_CREDENTIALS (the same, after the same work, for an unknown
 * e-mail, a person without password and a disabled person) or TOO_MANY_REQUESTS with the wait.
 */
export async function signIn(db: Database, ctx: ServiceContext, input: SignInInput): Promise<SignedIn> {
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
  const outdated = usable.passwordHash !== null && isOutdatedHash(usable.passwordHash);
  const renewed = outdated ? await hashPassword(input.password) : null;
  const sessionId = ctx.newId();
  const expiresAt = new Date(now.getTime() + SESSION_MS);
  await db.transaction(async (tx) => {
    await markAttemptSucceeded(tx, attemptId);
    await forgiveAttempts(tx, who.email, who.ip);
    if (renewed !== null) await setPasswordHash(tx, usable.id, renewed);
    await insertSession(tx, {
      id: sessionId,
      personId: usable.id,
      createdAt: now,
      lastSeenAt: now,
      expiresAt,
      userAgent: clip(input.userAgent, 400),
      ip: addressOrNull(ip),
    });
    await recordAudit(tx, ctx, {
      action: 'session.opened',
      entityKind: 'person',
      entityId: usable.id,
      detail: { sessionId, ip },
    });
  });
  return { personId: usable.id, sessionId, name: usable.name, email: usable.email, expiresAt };
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
