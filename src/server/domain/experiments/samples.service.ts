import { z } from 'zod';
import type { Database } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from './experiment.policy.ts';
import { type ListedSample, listSamples, type SampleRow, upsertSample } from './sample.repository.ts';

const text = z.string().trim().max(200);

export const sampleInputSchema = z.object({
  name: text.min(1, 'A sample needs a name.'),
  protein: text.nullish(),
  container: text.nullish(),
  position: text.nullish(),
  barcode: text.nullish(),
  comment: z.string().trim().max(2000).optional(),
});
export type SampleInput = z.output<typeof sampleInputSchema>;

export function createSamplesService({ db }: { db: Database }) {
  return {
    async list(ctx: ServiceContext, input: { experimentId: string }): Promise<ListedSample[]> {
      await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      return listSamples(db, input.experimentId);
    },

    /** Writes samples by name: new names are added, known ones get the fields given. One transaction for all. */
    async upsert(
      ctx: ServiceContext,
      input: { experimentId: string; samples: readonly SampleInput[] },
    ): Promise<SampleRow[]> {
      return db.transaction(async (tx) => {
        await requireExperiment(tx, ctx, input.experimentId, 'file.upload');
        const stored: SampleRow[] = [];
        let added = 0;
        for (const wanted of input.samples) {
          const { sample, inserted } = await upsertSample(tx, {
            ...wanted,
            id: ctx.newId(),
            experimentId: input.experimentId,
            createdAt: ctx.now(),
          });
          stored.push(sample);
          if (inserted) added += 1;
        }
        await recordAudit(tx, ctx, {
          action: 'sample.upsert',
          entityKind: 'experiment',
          entityId: input.experimentId,
          experimentId: input.experimentId,
          detail: { added, updated: stored.length - added },
        });
        await publish(tx, ctx, {
          topics: [`experiment:${input.experimentId}`],
          kind: 'experiment.changed',
          data: { experimentId: input.experimentId },
        });
        return stored;
      });
    },
  };
}

export type SamplesService = ReturnType<typeof createSamplesService>;
