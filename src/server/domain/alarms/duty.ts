import type { Queryable } from '../../db/client.ts';
import { type HandOverRow, handOverAt, handOversAfter, type StaffRow } from './duty.repository.ts';

/** Somebody on call. */
export interface Duty {
  personId: string;
  name: string;
  since: Date;
  /** Whether mails reach them: they proved their address. */
  isReachable: boolean;
}

export interface OnCallNow {
  /** Null: nobody, or somebody who is staff of the instrument no more. */
  now: Duty | null;
  /** The next hand-over; `name` null: to nobody. */
  next: { at: Date; name: string | null } | null;
}

function dutyOf(row: HandOverRow | null, staff: readonly StaffRow[]): Duty | null {
  const person = row && staff.find(({ personId }) => personId === row.personId);
  if (!person) return null;
  const { personId, name, isProved } = person;
  return { personId, name, since: row.startsAt, isReachable: isProved };
}

/** Who of the staff is on call at an instrument now. Whoever is staff no more, or whose account is disabled, is not. */
export async function personOnCall(
  q: Queryable,
  instrumentId: string,
  at: Date,
  staff: readonly StaffRow[],
): Promise<Duty | null> {
  return dutyOf(await handOverAt(q, instrumentId, at), staff);
}

export async function onCallNow(
  q: Queryable,
  instrumentId: string,
  at: Date,
  staff: readonly StaffRow[],
): Promise<OnCallNow> {
  const now = await personOnCall(q, instrumentId, at, staff);
  const [next] = await handOversAfter(q, instrumentId, at, 1);
  return { now, next: next ? { at: next.startsAt, name: next.name } : null };
}
