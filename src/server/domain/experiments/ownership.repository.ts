import { and, eq, gt, lte } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { OfferState } from '../../../shared/model/invitation.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { experiment, facility, ownershipOffer, person } from '../../db/schema/index.ts';

export type OfferRow = typeof ownershipOffer.$inferSelect;

/** False when another offer is open. */
export async function insertOffer(tx: Transaction, row: OfferRow): Promise<boolean> {
  const made = await tx
    .insert(ownershipOffer)
    .values(row)
    .onConflictDoNothing()
    .returning({ id: ownershipOffer.id });
  return made.length > 0;
}

/** An offer that ran out without an answer is written down as expired. */
export async function expireOffers(tx: Transaction, experimentId: string, now: Date): Promise<void> {
  await tx
    .update(ownershipOffer)
    .set({ state: 'expired' })
    .where(
      and(
        eq(ownershipOffer.experimentId, experimentId),
        eq(ownershipOffer.state, 'pending'),
        lte(ownershipOffer.expiresAt, now),
      ),
    );
}

/** From `pending` to another state; null when it was not pending any more. */
export async function answerOffer(
  tx: Transaction,
  offerId: string,
  to: Exclude<OfferState, 'pending'>,
  at: Date,
): Promise<OfferRow | null> {
  const [row] = await tx
    .update(ownershipOffer)
    .set({ state: to, answeredAt: at })
    .where(and(eq(ownershipOffer.id, offerId), eq(ownershipOffer.state, 'pending')))
    .returning();
  return row ?? null;
}

export async function findOffer(q: Queryable, offerId: string): Promise<OfferRow | null> {
  const [row] = await q.select().from(ownershipOffer).where(eq(ownershipOffer.id, offerId));
  return row ?? null;
}

const giver = alias(person, 'giver');
const taker = alias(person, 'taker');

const offers = (q: Queryable) =>
  q
    .select({
      offer: ownershipOffer,
      experimentCode: experiment.code,
      kind: experiment.kind,
      from: { id: giver.id, name: giver.name },
      to: { id: taker.id, name: taker.name, email: taker.email },
      timeZone: facility.timeZone,
    })
    .from(ownershipOffer)
    .innerJoin(experiment, eq(experiment.id, ownershipOffer.experimentId))
    .innerJoin(facility, eq(facility.id, experiment.facilityId))
    .innerJoin(giver, eq(giver.id, ownershipOffer.fromPerson))
    .innerJoin(taker, eq(taker.id, ownershipOffer.toPerson))
    .$dynamic();

export type OfferFacts = Awaited<ReturnType<typeof offers>>[number];

export async function openOfferOf(q: Queryable, experimentId: string, now: Date): Promise<OfferFacts | null> {
  const [row] = await offers(q).where(
    and(
      eq(ownershipOffer.experimentId, experimentId),
      eq(ownershipOffer.state, 'pending'),
      gt(ownershipOffer.expiresAt, now),
    ),
  );
  return row ?? null;
}

/** Offers that wait for this person. */
export async function openOffersTo(q: Queryable, personId: string, now: Date): Promise<OfferFacts[]> {
  return offers(q).where(
    and(
      eq(ownershipOffer.toPerson, personId),
      eq(ownershipOffer.state, 'pending'),
      gt(ownershipOffer.expiresAt, now),
    ),
  );
}

export async function offerFacts(q: Queryable, offerId: string): Promise<OfferFacts | null> {
  const [row] = await offers(q).where(eq(ownershipOffer.id, offerId));
  return row ?? null;
}

/** Pending offers of an experiment, to anybody or to one person. */
export async function pendingOffers(
  q: Queryable,
  { experimentId, personId }: { experimentId: string; personId?: string },
): Promise<OfferRow[]> {
  return q
    .select()
    .from(ownershipOffer)
    .where(
      and(
        eq(ownershipOffer.experimentId, experimentId),
        personId === undefined ? undefined : eq(ownershipOffer.toPerson, personId),
        eq(ownershipOffer.state, 'pending'),
      ),
    );
}
