import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { type CsvFault, type CsvOutcome, readCsv, toldFaults } from '../experiments/csv-table.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { ACQUISITION_COLUMNS, acquisitionsOf } from './acquisition-table.ts';
import { tellChanged, writeAnnounced } from './write-announced.ts';

export function createAcquisitionImport({ db }: { db: Database }) {
  return {
    /**
     * Acquisitions from a table of separated values: tried first, or written. With one fault nothing is written, and every fault is told. Lines about data that are
     * there correct what their source said; the others wait for theirs.
     */
    async importAcquisitions(
      ctx: ServiceContext,
      input: { experimentId: string; text: string; dryRun: boolean },
    ): Promise<CsvOutcome> {
      return db.transaction(async (tx) => {
        const experiment = await requireExperiment(tx, ctx, input.experimentId, 'file.upload');
        const table = readCsv(input.text, ACQUISITION_COLUMNS, []);
        const { lines, faults } = acquisitionsOf(table);
        const isWrong = table.faults.length + faults.length > 0;
        const said = lines.map((each) => each.said);
        const how = { corrects: true, dryRun: input.dryRun || isWrong };
        const written = await writeAnnounced(tx, ctx, experiment, said, how);
        const repeated = written.flatMap(({ sameAs }, index): CsvFault[] => {
          if (sameAs === null) return [];
          const message = `This is the acquisition of line ${lines[sameAs]!.line} again.`;
          return [{ line: lines[index]!.line, column: null, message }];
        });
        const all = [...table.faults, ...faults, ...repeated];
        const count = (wanted: string) => written.filter(({ outcome }) => outcome === wanted).length;
        const outcome: CsvOutcome = {
          applied: !input.dryRun && all.length === 0,
          ...{ added: count('created'), updated: count('updated'), unchanged: count('unchanged') },
          ...toldFaults(all),
        };
        if (outcome.applied && outcome.added + outcome.updated > 0) {
          await recordAudit(tx, ctx, {
            action: 'acquisition.import',
            entityKind: 'experiment',
            entityId: experiment.id,
            experimentId: experiment.id,
            detail: { added: outcome.added, updated: outcome.updated },
          });
          await tellChanged(tx, ctx, experiment.id);
        }
        return outcome;
      });
    },
  };
}
