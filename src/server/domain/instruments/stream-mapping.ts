import { AppError } from '../../../shared/errors/app-error.ts';
import type { StreamRule } from '../../../shared/model/stream-fields.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import { insertMapping, newestMapping, newestUserData, rulesAt } from './stream-mapping.repository.ts';

export interface StreamMappingView {
  rules: StreamRule[];
  /** Null: nobody has set any. */
  since: Date | null;
  setByName: string | null;
}

/** The rules for what began at this instant, by the agent's corrected clock. */
export const streamRulesAt = (q: Queryable, instrumentId: string, at: Date): Promise<StreamRule[]> =>
  rulesAt(q, instrumentId, at);

/** What the user data of an instrument's streams say of an acquisition. What is set counts for series that begin after it. */
export function createStreamMapping({ db }: { db: Database }) {
  return {
    async streamFields(ctx: ServiceContext, input: { instrumentId: string }): Promise<StreamMappingView> {
      await requireInstrument(db, ctx, input.instrumentId, 'instrument.streamFields');
      return (await newestMapping(db, input.instrumentId)) ?? { rules: [], since: null, setByName: null };
    },

    /** What the newest series that staff may see brought: to try rules with. Null where none brought any. Not for admins: it is data. */
    async streamExample(
      ctx: ServiceContext,
      input: { instrumentId: string },
    ): Promise<{ userData: unknown; startedAt: Date } | null> {
      await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      return newestUserData(db, input.instrumentId, ctx.now());
    },

    async setStreamFields(
      ctx: ServiceContext,
      input: { instrumentId: string; rules: readonly StreamRule[] },
    ): Promise<{ since: Date }> {
      const { instrumentId, rules } = input;
      return db.transaction(async (tx) => {
        await requireInstrument(tx, ctx, instrumentId, 'instrument.streamFields');
        const since = ctx.now();
        const row = { id: ctx.newId(), instrumentId, rules: [...rules], since, createdBy: actingPerson(ctx) };
        if (!(await insertMapping(tx, row))) {
          throw new AppError('CONFLICT', 'Somebody else set these fields in the same moment. Look again.');
        }
        await recordAudit(tx, ctx, {
          action: 'instrument.setStreamFields',
          entityKind: 'instrument',
          entityId: instrumentId,
          detail: { rules: rules.length },
        });
        return { since };
      });
    },
  };
}
