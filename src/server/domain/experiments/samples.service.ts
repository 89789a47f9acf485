import { AppError } from '../../../shared/errors/app-error.ts';
import type { SampleInput } from '../../../shared/model/sample-fields.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import type { CsvOutcome } from './csv-table.ts';
import { requireExperiment } from './experiment.policy.ts';
import {
  deleteSample,
  findSample,
  type ListedSample,
  listSamples,
  lockSamples,
  type SampleRow,
  updateSample,
  usedSamples,
} from './sample.repository.ts';
import { familyAfter, parentFault } from './sample-family.ts';
import { importSamples } from './sample-import.ts';
import { writeSamples } from './write-samples.ts';

export function createSamplesService({ db }: { db: Database }) {
  async function told(
    tx: Transaction,
    ctx: ServiceContext,
    experimentId: string,
    action: string,
    detail: Record<string, unknown>,
  ): Promise<void> {
    await recordAudit(tx, ctx, {
      action,
      entityKind: 'experiment',
      entityId: experimentId,
      experimentId,
      detail,
    });
    await publish(tx, ctx, {
      topics: [`experiment:${experimentId}`],
      kind: 'experiment.changed',
      data: { experimentId },
    });
  }

  const noSample = () => new AppError('NOT_FOUND', 'There is no such sample, or it is not yours to see.');

  /** The sample, with its experiment's samples held, for somebody who may write them. */
  async function requireSample(tx: Transaction, ctx: ServiceContext, sampleId: string): Promise<SampleRow> {
    const row = await findSample(tx, sampleId);
    if (!row) throw noSample();
    try {
      await requireExperiment(tx, ctx, row.experimentId, 'file.upload');
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOT_FOUND') throw noSample();
      throw error;
    }
    return row;
  }

  return {
    async list(ctx: ServiceContext, input: { experimentId: string }): Promise<ListedSample[]> {
      await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
      return listSamples(db, input.experimentId);
    },

    /**
     * Writes samples by name: new names are added, known ones get the fields given. One transaction for all. BAD_INPUT when one would have a
     * parent that is not there, or be made from itself.
     */
    async upsert(
      ctx: ServiceContext,
      input: { experimentId: string; samples: readonly SampleInput[] },
    ): Promise<SampleRow[]> {
      return db.transaction(async (tx) => {
        await requireExperiment(tx, ctx, input.experimentId, 'file.upload');
        const before = await lockSamples(tx, input.experimentId);
        const names = new Map(before.map(({ id, name }) => [id, name]));
        const family = familyAfter(
          before.map(({ name, parentId }) => ({ name, parentName: names.get(parentId ?? '') ?? null })),
          input.samples,
        );
        for (const [index, { name }] of input.samples.entries()) {
          const fault = parentFault(family, name);
          if (fault) {
            const fields = { [`samples.${index}.parent`]: fault };
            throw new AppError('BAD_INPUT', { message: fault, details: { fields } });
          }
        }
        const { stored, added } = await writeSamples(tx, ctx, input.experimentId, input.samples);
        await told(tx, ctx, input.experimentId, 'sample.upsert', { added, updated: stored.length - added });
        return stored;
      });
    },

    /** Changes one sample, its name too. CONFLICT when another sample has the name. */
    async edit(ctx: ServiceContext, input: { sampleId: string } & SampleInput): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireSample(tx, ctx, input.sampleId);
        const all = await lockSamples(tx, row.experimentId);
        if (all.some(({ id, name }) => id !== row.id && name === input.name)) {
          const message = `There is a sample “${input.name}” already.`;
          throw new AppError('CONFLICT', { message, details: { fields: { name: message } } });
        }
        const { sampleId: _, parent, ...fields } = input;
        const nameOf = (id: string | null) =>
          id === row.id ? input.name : (all.find((each) => each.id === id)?.name ?? null);
        const family = familyAfter(
          all.map((each) => ({ name: nameOf(each.id)!, parentName: nameOf(each.parentId) })),
          [{ name: input.name, parent }],
        );
        const fault = parentFault(family, input.name);
        if (fault)
          throw new AppError('BAD_INPUT', { message: fault, details: { fields: { parent: fault } } });
        const parentId = parent && all.find(({ name }) => name === parent)!.id;
        await updateSample(tx, row.id, { ...fields, ...(parent === undefined ? {} : { parentId }) });
        await told(tx, ctx, row.experimentId, 'sample.edit', {
          sampleId: row.id,
          fields: Object.keys(fields),
        });
      });
    },

    /** Only what nothing was measured of and nothing was made from: CONFLICT else. */
    async remove(ctx: ServiceContext, input: { sampleId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const row = await requireSample(tx, ctx, input.sampleId);
        await lockSamples(tx, row.experimentId);
        if ((await usedSamples(tx, [row.id])).has(row.id)) {
          throw new AppError(
            'CONFLICT',
            `“${row.name}” was measured, or another sample was made from it: it stays.`,
          );
        }
        await deleteSample(tx, row.id);
        await told(tx, ctx, row.experimentId, 'sample.remove', { sampleId: row.id });
      });
    },

    /** Samples from a table of separated values: tried first, or written. With one fault nothing is written, and every fault is told. */
    async importCsv(
      ctx: ServiceContext,
      input: { experimentId: string; text: string; dryRun: boolean },
    ): Promise<CsvOutcome> {
      return db.transaction(async (tx) => {
        await requireExperiment(tx, ctx, input.experimentId, 'file.upload');
        const outcome = await importSamples(tx, ctx, input);
        if (outcome.applied) {
          const { added, updated } = outcome;
          await told(tx, ctx, input.experimentId, 'sample.import', { added, updated });
        }
        return outcome;
      });
    },
  };
}

export type SamplesService = ReturnType<typeof createSamplesService>;
