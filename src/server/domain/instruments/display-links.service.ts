import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import { newSecret } from '../people/secret-link.ts';
import {
  type DisplayLinkView,
  findDisplayLink,
  insertDisplayLink,
  listDisplayLinks,
  revokeDisplayLink,
} from './display-link.repository.ts';

/** More screens than any control room has: a program gone wrong. */
const MOST_LINKS = 50;

/** Links by which screens on walls show an instrument without anybody signed in; the business of its staff. */
export function createDisplayLinks({ db }: { db: Database }) {
  return {
    async displayLinks(ctx: ServiceContext, input: { instrumentId: string }): Promise<DisplayLinkView[]> {
      const { id } = await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      return listDisplayLinks(db, id);
    },

    /** The key is told this once; only its hash is kept. */
    async makeDisplayLink(
      ctx: ServiceContext,
      input: { instrumentId: string; name: string },
    ): Promise<{ displayLinkId: string; key: string }> {
      const name = input.name.trim();
      if (name === '')
        throw new AppError('BAD_INPUT', 'Say where the screen hangs, so that you know it again.');
      return db.transaction(async (tx) => {
        const { id: instrumentId } = await requireInstrument(
          tx,
          ctx,
          input.instrumentId,
          'instrument.agents',
        );
        if ((await listDisplayLinks(tx, instrumentId)).length >= MOST_LINKS) {
          throw new AppError('CONFLICT', `There are ${MOST_LINKS} display links already: revoke one first.`);
        }
        const { token: key, tokenHash: keyHash } = newSecret(ctx);
        const displayLinkId = ctx.newId();
        await insertDisplayLink(tx, {
          ...{ id: displayLinkId, instrumentId, name, keyHash },
          ...{ createdAt: ctx.now(), createdBy: actingPerson(ctx) },
        });
        await recordAudit(tx, ctx, {
          action: 'displayLink.create',
          entityKind: 'displayLink',
          entityId: displayLinkId,
          detail: { instrumentId, name },
        });
        return { displayLinkId, key };
      });
    },

    /** From then on its screen shows nothing more. ALREADY_DONE when it was revoked before. */
    async revokeDisplayLink(ctx: ServiceContext, input: { displayLinkId: string }): Promise<void> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      const hidden = new AppError('NOT_FOUND', 'There is no such display link, or it is not yours to see.');
      await db.transaction(async (tx) => {
        const found = isUuid(input.displayLinkId) ? await findDisplayLink(tx, input.displayLinkId) : null;
        if (!found) throw hidden;
        const { instrumentId, name } = found;
        try {
          await requireInstrument(tx, ctx, instrumentId, 'instrument.agents');
        } catch (error) {
          throw error instanceof AppError && error.code === 'NOT_FOUND' ? hidden : error;
        }
        const by = { at: ctx.now(), personId: actingPerson(ctx) };
        if (!(await revokeDisplayLink(tx, found.id, by))) {
          throw new AppError('ALREADY_DONE', 'This display link was revoked already.');
        }
        await recordAudit(tx, ctx, {
          action: 'displayLink.revoke',
          entityKind: 'displayLink',
          entityId: found.id,
          detail: { instrumentId, name },
        });
      });
    },
  };
}
