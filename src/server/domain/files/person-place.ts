import { AppError } from '../../../shared/errors/app-error.ts';
import { assertStorePath } from '../../../shared/model/store-path.ts';
import type { Queryable } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { type ExperimentRow, requireExperiment } from '../experiments/experiment.policy.ts';
import { storablePath } from '../ingest/place.ts';
import { filesAt, foldersAt, type StandingFile } from './taken-name.repository.ts';

/*
 * Where people may put, move and rename files: in an experiment that is not closed, outside raw.
 */

export type { StandingFile } from './taken-name.repository.ts';

export function requirePerson(ctx: ServiceContext): string {
  const personId = actingPerson(ctx);
  if (personId === null) throw new AppError('NOT_SIGNED_IN');
  return personId;
}

/** Throws BAD_INPUT for what is no place for files and folders of people, as raw is none. */
export function requirePlace(path: string): void {
  assertStorePath(path);
  if (path.startsWith('raw/')) {
    throw new AppError(
      'BAD_INPUT',
      'Raw data come from the instrument alone. Choose a folder in processed, work, metadata or auxiliary.',
    );
  }
  if (storablePath(path) !== path) {
    throw new AppError(
      'BAD_INPUT',
      'The name with its folders is longer than 850 bytes. Choose a shorter one.',
    );
  }
}

/** The experiment, when the caller may change its files now. Throws PROCESSING_OVER once it is closed. */
export async function requireOpenExperiment(
  q: Queryable,
  ctx: ServiceContext,
  experimentId: string,
): Promise<ExperimentRow> {
  const experiment = await requireExperiment(q, ctx, experimentId, 'file.upload');
  if (experiment.state !== 'closed') return experiment;
  throw new AppError('PROCESSING_OVER', {
    message: `${experiment.code} is Closed: its files are changed no more. Reading and downloading stay possible.`,
  });
}

/** "work/a/b.txt" → ["work", "work/a"]. */
export function foldersAbove(path: string): string[] {
  const steps = path.split('/').slice(0, -1);
  return steps.map((_, index) => steps.slice(0, index + 1).join('/'));
}

export interface Standing {
  files: ReadonlyMap<string, StandingFile>;
  folders: ReadonlySet<string>;
  /** The file that stands where a folder of the path would have to be. */
  fileAbove(path: string): string | undefined;
}

/** What stands under these paths, and in the way to them. */
export async function standingAt(
  q: Queryable,
  experimentId: string,
  paths: readonly string[],
): Promise<Standing> {
  const above = new Set(paths.flatMap(foldersAbove));
  const found = await filesAt(q, experimentId, [...paths, ...above]);
  const files = new Map(found.map((file) => [file.path, file]));
  const folders = await foldersAt(q, experimentId, paths);
  return { files, folders, fileAbove: (path) => foldersAbove(path).find((folder) => files.has(folder)) };
}
