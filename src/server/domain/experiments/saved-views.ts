import { z } from 'zod';
import { AppError } from '../../../shared/errors/app-error.ts';
import { plainText } from '../../../shared/model/plain-text.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requirePerson } from '../people/people.policy.ts';
import { countViews, deleteView, upsertView, viewsOf } from './saved-view.repository.ts';

/** More are a list of their own to search in. */
const MOST_VIEWS = 50;

export const saveViewSchema = z.object({
  name: plainText({ max: 60, empty: 'Give the view a name.' }),
  /** The query of the page's address, without `?`. */
  query: z.string().max(2000),
});

/** Filters of the list of experiments that a person keeps by name. They are the person's alone: nobody else hears of them. */
export function createSavedViews({ db }: { db: Database }) {
  return {
    async savedViews(ctx: ServiceContext) {
      return viewsOf(db, requirePerson(ctx).personId, 'experiments');
    },

    /** Replaces the view of that name. */
    async saveView(ctx: ServiceContext, input: z.output<typeof saveViewSchema>): Promise<{ id: string }> {
      const { personId } = requirePerson(ctx);
      // Read as an address does, so that nothing but filters is ever put behind the page's own path.
      const query = new URLSearchParams(input.query).toString();
      return db.transaction(async (tx) => {
        if ((await countViews(tx, personId)) >= MOST_VIEWS) {
          throw new AppError('CONFLICT', `You keep ${MOST_VIEWS} views: remove one first.`);
        }
        const id = ctx.newId();
        const view = { id, personId, page: 'experiments' as const, name: input.name, query };
        const stored = await upsertView(tx, { ...view, createdAt: ctx.now() });
        await recordAudit(tx, ctx, { action: 'view.save', entityKind: 'view', entityId: stored.id });
        return stored;
      });
    },

    async removeView(ctx: ServiceContext, input: { viewId: string }): Promise<void> {
      const { personId } = requirePerson(ctx);
      await db.transaction(async (tx) => {
        if (!(await deleteView(tx, personId, input.viewId))) {
          throw new AppError('NOT_FOUND', 'There is no such view, or it is not yours.');
        }
        await recordAudit(tx, ctx, { action: 'view.remove', entityKind: 'view', entityId: input.viewId });
      });
    },
  };
}
