import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { settleState } from './dataset-changes.ts';
import { joinRanges, rangesWithout } from './finished-state.ts';
import { type ParsedTable, rangesOfTable } from './frame-entries.ts';
import type { DatasetRow } from './series.repository.ts';
import type { FileRow } from './upload.repository.ts';

/** Files that a master names and that had not come; some of them have now. */
function absentWithout(
  absentFiles: readonly string[],
  files: readonly Pick<FileRow, 'path' | 'sourcePath'>[],
): string[] {
  const names = files.flatMap((file) => [file.path, file.sourcePath ?? file.path]);
  return absentFiles.filter(
    (absent) => !names.some((name) => name === absent || name.endsWith(`/${absent}`)),
  );
}

/**
 * What files that came since change of what was said at the end of their dataset: files that never came, frames that are missing. A stream
 * tells for itself what of it never reached its agent, so there only files count.
 * @param dataset with the number of its stored frames as it is now
 */
export function withoutLate(
  dataset: DatasetRow,
  files: readonly Pick<FileRow, 'path' | 'sourcePath'>[],
  tables: readonly ParsedTable[],
): Pick<DatasetRow, 'absentFiles' | 'missing' | 'framesReceived'> {
  const { missing, framesReceived, framesStored, sourceKind } = dataset;
  const absentFiles = absentWithout(dataset.absentFiles, files);
  if (sourceKind === 'stream' || framesReceived === null) return { absentFiles, missing, framesReceived };
  const stored = joinRanges(tables.flatMap(rangesOfTable));
  return {
    absentFiles,
    missing: missing.length === 0 ? missing : rangesWithout(missing, stored),
    framesReceived: Math.max(framesReceived, framesStored),
  };
}

/** The state of a dataset that got other files; when it had ended, the history says what became of it. Call with the dataset locked. */
export async function settleAgain(
  tx: Transaction,
  ctx: ServiceContext,
  row: DatasetRow,
): Promise<DatasetRow> {
  if (row.ending === null) return row;
  const settled = await settleState(tx, row);
  if (settled.state === row.state) return settled;
  await recordAudit(tx, ctx, {
    action: 'dataset.settle',
    entityKind: 'dataset',
    entityId: row.id,
    experimentId: row.experimentId,
    detail: {
      ...{ from: row.state, to: settled.state, framesStored: row.framesStored },
      ...{ missing: settled.missing.length, absentFiles: settled.absentFiles.length },
    },
  });
  return settled;
}
