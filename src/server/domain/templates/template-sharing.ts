import type { Topic } from '../../../shared/contracts/live-events.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database, Queryable, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireFacility, requireInstrument } from '../experiments/experiment.policy.ts';
import { type OwnTemplateRow, requireOwnTemplate } from './template.policy.ts';
import { areColleagues, colleaguesOf } from './template.repository.ts';
import type { ShareWith } from './template.types.ts';
import { deleteShare, findShare, insertShare, type ShareRow } from './template-share.repository.ts';

const MAX_COLLEAGUES = 500;

type Target = Pick<ShareRow, 'sharedWith' | 'personId' | 'instrumentId' | 'facilityId'>;
const NOBODY: Omit<Target, 'sharedWith'> = { personId: null, instrumentId: null, facilityId: null };

function targetOf(own: OwnTemplateRow, wanted: ShareWith): Target {
  switch (wanted.sharedWith) {
    case 'person':
      return { ...NOBODY, sharedWith: 'person', personId: wanted.personId };
    case 'instrument':
      return { ...NOBODY, sharedWith: 'instrument', instrumentId: wanted.instrumentId };
    case 'facility':
      return { ...NOBODY, sharedWith: 'facility', facilityId: own.facilityId };
    case 'everyone':
      return { ...NOBODY, sharedWith: 'everyone' };
  }
}

/** Tells the owner, and the person it is shared with, that something of a template has changed. */
export async function announceTemplate(
  tx: Transaction,
  ctx: ServiceContext,
  own: Pick<OwnTemplateRow, 'id' | 'ownerId'>,
  personId: string | null = null,
): Promise<void> {
  const topics: Topic[] = [`person:${own.ownerId}`];
  if (personId !== null && personId !== own.ownerId) topics.push(`person:${personId}`);
  await publish(tx, ctx, { topics, kind: 'template.changed', data: { templateId: own.id } });
}

/** Who may use templates besides their owners. */
export function createTemplateSharing({ db }: { db: Database }) {
  /** Passes for who may share it so: its owner with people they know, staff with their instrument, admins with their facility and everybody. */
  async function requireSharing(q: Queryable, ctx: ServiceContext, own: OwnTemplateRow, target: Target) {
    if (target.sharedWith === 'person') {
      await requireOwnTemplate(q, ctx, own.slug, 'template.edit');
      const personId = actingPerson(ctx);
      const isKnown =
        personId === null ||
        (isUuid(target.personId!) && (await areColleagues(q, personId, target.personId!)));
      if (isKnown) return;
      throw new AppError('NOT_FOUND', 'Nobody whom you know from an experiment, a project or an instrument.');
    }
    if (target.sharedWith === 'instrument') {
      await requireInstrument(q, ctx, target.instrumentId!, 'instrument.templates');
      return;
    }
    try {
      await requireFacility(q, ctx, own.facilityId, 'facility.templates');
    } catch (error) {
      // They see the template: that its facility is there is no news.
      if (error instanceof AppError && error.code === 'NOT_FOUND') throw new AppError('NOT_ALLOWED');
      throw error;
    }
  }

  return {
    /** Whom the caller may share with: people they are in an experiment, a project or an instrument with. */
    async colleagues(ctx: ServiceContext): Promise<{ personId: string; name: string }[]> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      const personId = ctx.principal.kind === 'person' ? ctx.principal.personId : null;
      if (personId === null) throw new AppError('NOT_ALLOWED');
      return colleaguesOf(db, personId, MAX_COLLEAGUES);
    },

    /** ALREADY_DONE when it is shared so already. */
    async share(ctx: ServiceContext, input: { slug: string; with: ShareWith }): Promise<{ shareId: string }> {
      return db.transaction(async (tx) => {
        const { own } = await requireOwnTemplate(tx, ctx, input.slug, 'template.view');
        const target = targetOf(own, input.with);
        await requireSharing(tx, ctx, own, target);
        const shareId = ctx.newId();
        const sharedBy = actingPerson(ctx);
        if (
          !(await insertShare(tx, {
            id: shareId,
            templateId: own.id,
            ...target,
            sharedBy,
            createdAt: ctx.now(),
          }))
        ) {
          throw new AppError('ALREADY_DONE', 'It is shared so already.');
        }
        await recordAudit(tx, ctx, {
          ...{ action: 'template.share', entityKind: 'template', entityId: own.id },
          detail: { slug: own.slug, ...target },
        });
        await announceTemplate(tx, ctx, own, target.personId);
        return { shareId };
      });
    },

    /** Takes a share back: the owner any; others those they could give. Jobs that ran stay as they are. */
    async endShare(ctx: ServiceContext, input: { slug: string; shareId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const { own, roles } = await requireOwnTemplate(tx, ctx, input.slug, 'template.view');
        const share = isUuid(input.shareId) ? await findShare(tx, own.id, input.shareId) : null;
        if (!share) throw new AppError('NOT_FOUND', 'It is not shared so.');
        if (!roles.includes('owner')) await requireSharing(tx, ctx, own, share);
        if (!(await deleteShare(tx, share.id)))
          throw new AppError('ALREADY_DONE', 'It is not shared so any more.');
        await recordAudit(tx, ctx, {
          ...{ action: 'template.unshare', entityKind: 'template', entityId: own.id },
          detail: {
            ...{ slug: own.slug, sharedWith: share.sharedWith, personId: share.personId },
            ...{ instrumentId: share.instrumentId, facilityId: share.facilityId },
          },
        });
        await announceTemplate(tx, ctx, own, share.personId);
      });
    },
  };
}
