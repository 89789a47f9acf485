import { z } from 'zod';
import { AppError } from '../../../shared/errors/app-error.ts';
import { normalText } from '../../../shared/model/plain-text.ts';
import type { ExperimentState } from '../../../shared/model/states.ts';
import { allows } from '../../../shared/permissions/permission-table.ts';
import type { Database } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { assertScope, rolesThrough } from './experiment.policy.ts';
import { countDatasets } from './experiment.repository.ts';
import type { ExperimentListItem, Page } from './experiment.types.ts';
import {
  type ExperimentSort,
  isSortKey,
  type ListedExperiment,
  listVisible,
} from './experiment-list.repository.ts';
import { toView } from './experiment-view.ts';

export { EXPERIMENT_SORTS, type ExperimentSort } from './experiment-list.repository.ts';
export { countDatasets };

export const NO_DATASETS = { datasets: 0, receiving: 0, latestAt: null };
/** More words narrow nothing down. */
const MAX_WORDS = 8;

export interface ListExperimentsInput {
  instrumentId?: string;
  states?: readonly ExperimentState[];
  search?: string;
  mine?: boolean;
  active?: boolean;
  from?: Date;
  to?: Date;
  visit?: string;
  proposal?: string;
  sort?: ExperimentSort;
  cursor?: string | null;
  limit?: number;
}

const cursorSchema = z.tuple([z.string(), z.string(), z.uuid()]);

/** A cursor is for the order it was made in. */
function parseCursor(cursor: string, sort: ExperimentSort): { key: string; id: string } {
  try {
    const [of, key, id] = cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (of === sort && isSortKey(sort, key)) return { key, id };
  } catch {
    // Told below, whatever is wrong with it.
  }
  throw new AppError('BAD_INPUT', 'The cursor is not one of this list.');
}

const cursorAfter = (sort: ExperimentSort, row: ListedExperiment) =>
  Buffer.from(JSON.stringify([sort, row.sortKey, row.experiment.id])).toString('base64url');

/** The words of a search, as they are compared. */
export const wordsOf = (search = '') =>
  normalText(search.replaceAll('\u0000', ' ')).split(' ').filter(Boolean).slice(0, MAX_WORDS);

export function createExperimentList({ db }: { db: Database }) {
  return {
    /**
     * The experiments the caller may see: those active now, then the newest, or in the order asked for. Every word of `search` must stand in code,
     * title, keywords or PI.
     */
    async list(ctx: ServiceContext, input: ListExperimentsInput): Promise<Page<ExperimentListItem>> {
      if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
      if (ctx.principal.kind === 'agent') return { items: [], nextCursor: null };
      assertScope(ctx, 'experiment.view');
      const { search, cursor, limit: wanted, sort = 'newest', ...filter } = input;
      const limit = Math.min(Math.max(wanted ?? 50, 1), 200);
      const rows = await listVisible(db, {
        ...filter,
        personId: actingPerson(ctx),
        now: ctx.now(),
        words: wordsOf(search),
        sort,
        after: cursor ? parseCursor(cursor, sort) : undefined,
        limit: limit + 1,
      });
      const page = rows.slice(0, limit);
      const counts = await countDatasets(
        db,
        page.map((row) => row.experiment.id),
      );
      const item = (row: ListedExperiment): ExperimentListItem => ({
        ...toView(row.experiment, row.instrument, row.activeSince, rolesThrough(ctx, row)),
        counts: counts.get(row.experiment.id) ?? NO_DATASETS,
      });
      // A token may open less than its person sees.
      const opens = (row: ListedExperiment) =>
        ctx.principal.kind !== 'token' || allows('experiment.view', rolesThrough(ctx, row));
      return {
        items: page.filter(opens).map(item),
        nextCursor: rows.length > limit ? cursorAfter(sort, page.at(-1)!) : null,
      };
    },
  };
}
