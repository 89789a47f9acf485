import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import type { Page } from '../experiments/experiment.types.ts';
import { listActivations } from './activation-history.repository.ts';

/** One period in which an experiment was active. */
export interface ActivationView {
  id: string;
  /** `title` is null once staff access to the experiment has ended. */
  experiment: { id: string; code: string; title: string | null };
  startedAt: Date;
  /** Null: active now. */
  endedAt: Date | null;
  origin: 'web' | 'site';
  /** Both null when a set-up script did it, or when it was done on site. */
  startedByName: string | null;
  endedByName: string | null;
  /** Account at an agent's machine that ended it; null when it was ended in the web app. */
  endedOnSiteBy: string | null;
  /** Of a switch at an agent's machine: the account there, how well its clock was known, and when the server learnt of it. */
  site: { agentName: string; by: string; clockDoubtMs: number; toldAt: Date } | null;
}

const PAGE = 50;

export function createActivationHistory({ db }: { db: Database }) {
  return {
    /** Which experiment was active when and who switched, newest first. `nextCursor` goes into `before`. For staff. */
    async activations(
      ctx: ServiceContext,
      input: { instrumentId: string; before?: string | null | undefined; limit?: number | undefined },
    ): Promise<Page<ActivationView>> {
      const { id } = await requireInstrument(db, ctx, input.instrumentId, 'instrument.cockpit');
      const limit = input.limit ?? PAGE;
      const before = input.before == null ? null : new Date(input.before);
      const rows = await listActivations(db, id, before, limit + 1, ctx.now());
      const items = rows.slice(0, limit).map((row): ActivationView => {
        const { experiment, isOpen, siteBy, siteAgentName, siteClockDoubtMs, siteToldAt, ...period } = row;
        return {
          ...period,
          experiment: { id: experiment.id, code: experiment.code, title: isOpen ? experiment.title : null },
          site:
            siteBy !== null && siteAgentName !== null && siteClockDoubtMs !== null && siteToldAt !== null
              ? { agentName: siteAgentName, by: siteBy, clockDoubtMs: siteClockDoubtMs, toldAt: siteToldAt }
              : null,
        };
      });
      return {
        items,
        nextCursor: rows.length > limit ? items.at(-1)!.startedAt.toISOString() : null,
      };
    },
  };
}
