import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { requireDataset } from '../datasets/dataset.policy.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { type FilesOf, filesByPath } from './verification.repository.ts';

const PAGE = 1000;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/**
 * One line as `sha256sum` writes and checks it (GNU coreutils manual, "md5sum invocation"): hash, two blanks, name; a name with a
 * backslash, line feed or carriage return is escaped, which a backslash at the start of the line says.
 */
export function manifestLine(sha256: string, path: string): string {
  const escaped = path.replaceAll(/[\\\n\r]/g, (character) => ESCAPES[character]!);
  return `${escaped === path ? '' : '\\'}${sha256}  ${escaped}\n`;
}

/**
 * The hashes of all files of an experiment, or of one dataset, as they were computed at the source, by path relative to the experiment:
 * what `sha256sum -c` checks in a copy. In pieces of many lines. Rights are checked before the first.
 */
export async function openManifest(
  db: Database,
  ctx: ServiceContext,
  input: { experimentId: string; datasetId: string | null },
): Promise<AsyncIterable<string>> {
  const { id, code } = await requireExperiment(db, ctx, input.experimentId, 'experiment.view');
  if (input.datasetId !== null) {
    const dataset = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
    if (dataset.experimentId !== id) {
      throw new AppError('NOT_FOUND', `There is no such dataset in ${code}.`);
    }
  }
  return pieces(db, { experimentId: id, datasetId: input.datasetId });
}

async function* pieces(db: Database, of: FilesOf): AsyncIterable<string> {
  for (let after: string | null = null; ; ) {
    const files = await filesByPath(db, of, after, PAGE);
    if (files.length > 0) yield files.map(({ sha256, path }) => manifestLine(sha256, path)).join('');
    if (files.length < PAGE) return;
    after = files.at(-1)!.path;
  }
}
