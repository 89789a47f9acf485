import { AppError } from '../../../shared/errors/app-error.ts';
import type {
  AcquisitionEdit,
  AcquisitionMark,
  AcquisitionValue,
  ScanGrid,
} from '../../../shared/model/acquisition-fields.ts';
import { asMeasured, type Measured } from '../../../shared/model/as-measured.ts';
import {
  CORRECTABLE_FIELDS,
  type CorrectableField,
  type FieldValue,
} from '../../../shared/model/correction.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { announceDataset } from '../ingest/dataset-changes.ts';
import { editedChanges, isChange, valuesOf } from './acquisition-changes.ts';
import {
  lastCorrector,
  lockAcquisitions,
  measuredOf,
  namesOf,
  updateIfRead,
} from './announced.repository.ts';
import { requireDataset } from './dataset.policy.ts';
import { correctedBy, knownOf, withSample } from './write-announced.ts';

/** What a person corrected, and what the data or the program that announced them had said. */
export interface CorrectionView {
  field: CorrectableField;
  said: FieldValue;
  /** Null: not a person, or one who is no more. */
  by: string | null;
  at: Date;
}

export interface AcquisitionFacts extends Measured {
  id: string;
  /** To be given back with a correction. */
  version: number;
  name: string | null;
  mark: AcquisitionMark | null;
  comment: string;
  grid: ScanGrid | null;
  values: Record<string, AcquisitionValue>;
  corrections: CorrectionView[];
  /** What stood in the user data of its stream for a field and could not be taken; one sentence each. */
  ignored: string[];
}

/** What is known of the acquisition behind a dataset, beside kind and sample. */
export async function acquisitionFacts(q: Queryable, datasetId: string): Promise<AcquisitionFacts> {
  const row = await measuredOf(q, datasetId);
  const { id, version, name, mark, comment, grid, corrections } = row.acquisition;
  const personIds = Object.values(corrections).flatMap(({ personId }) => personId ?? []);
  const names = await namesOf(q, [...new Set(personIds)]);
  return {
    ...{ id, version, name, mark, comment, grid, values: valuesOf(row.acquisition) },
    ...asMeasured(row.acquisition, row.dataset!.geometry),
    ignored: (row.acquisition.parameters.ignored ?? []) as string[],
    corrections: CORRECTABLE_FIELDS.flatMap((field) => {
      const made = corrections[field];
      if (!made) return [];
      const by = made.personId === null ? null : (names.get(made.personId) ?? null);
      return [{ field, said: made.said, by, at: new Date(made.at) }];
    }),
  };
}

export function createCorrections({ db }: { db: Database }) {
  return {
    /**
     * Corrects what is said of the acquisition behind a dataset; what its source said is kept beside it. For those who may upload to its experiment.
     * Who read an older version is told CONFLICT with who was faster. Saying what is said already changes nothing.
     */
    async editAcquisition(
      ctx: ServiceContext,
      input: AcquisitionEdit & { datasetId: string; version: number },
    ): Promise<{ version: number }> {
      const { datasetId, version, ...edit } = input;
      return db.transaction(async (tx) => {
        const dataset = await requireDataset(tx, ctx, datasetId, 'file.upload');
        const { experimentId, acquisitionId } = dataset;
        if (experimentId === null) {
          throw new AppError('CONFLICT', 'These data are nobody’s: give them to an experiment first.');
        }
        await lockAcquisitions(tx, experimentId);
        const row = await measuredOf(tx, datasetId);
        const changes = editedChanges(knownOf(row), edit, correctedBy(ctx));
        if (!isChange(changes)) return { version: row.acquisition.version };
        const columns = await withSample(tx, ctx, experimentId, changes);
        const stored = await updateIfRead(tx, acquisitionId, version, columns);
        if (stored === null) {
          const by = await lastCorrector(tx, acquisitionId);
          throw new AppError('CONFLICT', {
            message: `${by ?? 'Somebody'} changed this acquisition while you were writing. Look at what it says now, then save again.`,
            details: { version: row.acquisition.version },
          });
        }
        const { corrections: _, ...written } = changes.columns;
        await recordAudit(tx, ctx, {
          action: 'acquisition.edit',
          entityKind: 'acquisition',
          entityId: acquisitionId,
          experimentId,
          detail: {
            ...{ datasetId, version: stored },
            fields: { ...written, ...(changes.sample === undefined ? {} : { sample: changes.sample }) },
          },
        });
        await announceDataset(tx, ctx, dataset);
        return { version: stored };
      });
    },
  };
}
