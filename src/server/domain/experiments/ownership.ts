import { AppError } from '../../../shared/errors/app-error.ts';
import { OFFER_DAYS } from '../../../shared/model/invitation.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { withdrawBeyond } from '../invitations/withdraw-beyond.ts';
import { composeMail, instantInWords, plainLine } from '../mail/compose-mail.ts';
import { withdrawMail, writeMail } from '../mail/write-mail.ts';
import { requirePerson } from '../people/people.policy.ts';
import { requireContainer } from './experiment.policy.ts';
import { memberChanged } from './let-in.ts';
import { findMember, updateRole } from './membership.repository.ts';
import {
  answerOffer,
  expireOffers,
  findOffer,
  insertOffer,
  type OfferFacts,
  type OfferRow,
  offerFacts,
  openOfferOf,
  openOffersTo,
  pendingOffers,
} from './ownership.repository.ts';

const DAY_MS = 24 * 3600 * 1000;

export interface OwnershipOfferView {
  offerId: string;
  experimentCode: string;
  from: { id: string; name: string };
  to: { id: string; name: string };
  createdAt: Date;
  expiresAt: Date;
}

const viewOf = ({ offer, experimentCode, from, to }: OfferFacts): OwnershipOfferView => ({
  offerId: offer.id,
  experimentCode,
  from,
  to: { id: to.id, name: to.name },
  createdAt: offer.createdAt,
  expiresAt: offer.expiresAt,
});

const mailKeyOf = (offer: OfferRow) => `ownership-offer:${offer.id}`;

async function told(
  tx: Transaction,
  ctx: ServiceContext,
  offer: OfferRow,
  action: 'ownership.offered' | 'ownership.revoked' | 'ownership.declined' | 'ownership.accepted',
): Promise<void> {
  const { experimentId, fromPerson, toPerson } = offer;
  await recordAudit(tx, ctx, {
    action,
    entityKind: 'person',
    entityId: toPerson,
    experimentId,
    detail: { from: fromPerson, to: toPerson },
  });
  await publish(tx, ctx, {
    topics: [`experiment:${experimentId}`, `person:${toPerson}`],
    kind: 'invitation.changed',
    data: { experimentId },
  });
}

/** What was offered is taken back: to somebody who leaves, or by an Owner who is none any more. */
export async function endOffers(
  tx: Transaction,
  ctx: ServiceContext,
  which: { experimentId: string; personId?: string },
): Promise<void> {
  for (const offer of await pendingOffers(tx, which)) {
    const revoked = await answerOffer(tx, offer.id, 'revoked', ctx.now());
    if (!revoked) continue;
    await withdrawMail(tx, mailKeyOf(offer));
    await told(tx, ctx, revoked, 'ownership.revoked');
  }
}

/** Handing an experiment over: the Owner offers, the other accepts, and in that one transaction the one becomes Manager and the other Owner. */
export function createOwnership({ db, webUrl }: { db: Database; webUrl: string }) {
  /** The offer, when it waits for the caller; for anybody else there is none. */
  async function offerToMe(tx: Transaction, ctx: ServiceContext, offerId: string): Promise<OfferRow> {
    const { personId } = requirePerson(ctx);
    const offer = await findOffer(tx, offerId);
    if (offer?.toPerson !== personId)
      throw new AppError('NOT_FOUND', 'There is no such offer, or it is not made to you.');
    if (offer.state !== 'pending') throw new AppError('CONFLICT', `This offer was ${offer.state} already.`);
    return offer;
  }

  return {
    /** The open offer of an experiment, for everybody in it; null when there is none. */
    async ownershipOffer(
      ctx: ServiceContext,
      input: { experimentId: string },
    ): Promise<OwnershipOfferView | null> {
      await requireContainer(db, ctx, input.experimentId, 'experiment.people');
      const facts = await openOfferOf(db, input.experimentId, ctx.now());
      return facts && viewOf(facts);
    },

    /** Offers that wait for the caller. */
    async ownershipOffersToMe(ctx: ServiceContext): Promise<OwnershipOfferView[]> {
      const { personId } = requirePerson(ctx);
      return (await openOffersTo(db, personId, ctx.now())).map(viewOf);
    },

    /** The Owner offers the ownership to somebody in the experiment, who has fourteen days. CONFLICT while another offer is open. */
    async offerOwnership(
      ctx: ServiceContext,
      input: { experimentId: string; personId: string },
    ): Promise<OwnershipOfferView> {
      return db.transaction(async (tx) => {
        const { experimentId } = input;
        await requireContainer(tx, ctx, experimentId, 'member.handOver');
        const fromPerson = requirePerson(ctx).personId;
        const taker = await findMember(tx, experimentId, input.personId);
        if (!taker)
          throw new AppError('NOT_FOUND', 'This person is not in the experiment. Invite them first.');
        if (taker.id === fromPerson) throw new AppError('ALREADY_DONE', 'You are the Owner already.');
        const now = ctx.now();
        await expireOffers(tx, experimentId, now);
        const offer: OfferRow = {
          id: ctx.newId(),
          experimentId,
          fromPerson,
          toPerson: taker.id,
          state: 'pending',
          createdAt: now,
          expiresAt: new Date(now.getTime() + OFFER_DAYS * DAY_MS),
          answeredAt: null,
        };
        if (!(await insertOffer(tx, offer))) {
          throw new AppError(
            'CONFLICT',
            'The ownership is offered to somebody already. Take that offer back first.',
          );
        }
        const facts = (await offerFacts(tx, offer.id))!;
        const giver = plainLine(facts.from.name);
        await writeMail(tx, ctx, {
          dedupeKey: mailKeyOf(offer),
          kind: 'ownership-offer',
          to: facts.to.email,
          personId: taker.id,
          body: composeMail({
            subject: `${giver} offers you the ownership of ${facts.experimentCode}`,
            greeting: `Hello ${plainLine(facts.to.name)},`,
            before: [
              `${giver} offers you the ownership of ${facts.experimentCode}. The Owner names Managers and decides about raw data; there is exactly one. When you accept, ${giver} becomes a Manager.`,
            ],
            action: `Open the ${facts.kind}`,
            after: [`The offer ends ${instantInWords(offer.expiresAt, facts.timeZone)}.`],
          }),
          link: `${webUrl}/${facts.kind}s/${facts.experimentCode}/people`,
          uselessAt: offer.expiresAt,
        });
        await told(tx, ctx, offer, 'ownership.offered');
        return viewOf(facts);
      });
    },

    /** The Owner takes the open offer back. */
    async revokeOwnershipOffer(ctx: ServiceContext, input: { experimentId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        await requireContainer(tx, ctx, input.experimentId, 'member.handOver');
        const facts = await openOfferOf(tx, input.experimentId, ctx.now());
        const revoked = facts && (await answerOffer(tx, facts.offer.id, 'revoked', ctx.now()));
        if (!revoked) throw new AppError('CONFLICT', 'There is no open offer.');
        await withdrawMail(tx, mailKeyOf(revoked));
        await told(tx, ctx, revoked, 'ownership.revoked');
      });
    },

    async declineOwnership(ctx: ServiceContext, input: { offerId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const offer = await offerToMe(tx, ctx, input.offerId);
        const declined = await answerOffer(tx, offer.id, 'declined', ctx.now());
        if (!declined) throw new AppError('CONFLICT', 'This offer was answered already.');
        await withdrawMail(tx, mailKeyOf(offer));
        await told(tx, ctx, declined, 'ownership.declined');
      });
    },

    /** From this moment the caller is the Owner and the former one a Manager. */
    async acceptOwnership(
      ctx: ServiceContext,
      input: { offerId: string },
    ): Promise<{ experimentCode: string }> {
      return db.transaction(async (tx) => {
        const offer = await offerToMe(tx, ctx, input.offerId);
        if (offer.expiresAt <= ctx.now())
          throw new AppError('CONFLICT', 'This offer has ended. Ask for it again.');
        const accepted = await answerOffer(tx, offer.id, 'accepted', ctx.now());
        const { experimentId, fromPerson, toPerson } = offer;
        const taker = await findMember(tx, experimentId, toPerson);
        // First the one, then the other: no moment, not even within the transaction, has two Owners.
        const gave =
          accepted !== null &&
          (await updateRole(tx, { experimentId, personId: fromPerson, from: 'owner', to: 'manager' }));
        const took =
          gave &&
          taker !== null &&
          (await updateRole(tx, { experimentId, personId: toPerson, from: taker.role, to: 'owner' }));
        if (!took)
          throw new AppError(
            'CONFLICT',
            'This offer no longer fits who is in the experiment. Ask for it again.',
          );
        await withdrawMail(tx, mailKeyOf(offer));
        await memberChanged(tx, ctx, experimentId, fromPerson, 'member.role', {
          from: 'owner',
          to: 'manager',
        });
        await memberChanged(tx, ctx, experimentId, toPerson, 'member.role', {
          from: taker.role,
          to: 'owner',
        });
        const left = ['manager'] as const;
        await withdrawBeyond(tx, ctx, { experimentId, personId: fromPerson, left });
        await told(tx, ctx, accepted, 'ownership.accepted');
        return { experimentCode: (await offerFacts(tx, offer.id))!.experimentCode };
      });
    },
  };
}
