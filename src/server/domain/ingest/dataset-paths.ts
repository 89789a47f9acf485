import { splitStorePath } from '../../../shared/model/store-path.ts';
import type { DatasetRow } from './series.repository.ts';

/**
 * Where a file of a dataset that was recognised in files goes: the start of its name that is the dataset's at the source is exchanged for
 * the dataset's base, "lyso/run_1_0001.cbf" → "raw/lyso/run_1_2_0001.cbf". A file that its master names elsewhere keeps its place relative
 * to the master where it can.
 * @param relativePath below the watched folder
 */
export function pathInDataset(
  { base, sourceStem }: Pick<DatasetRow, 'base' | 'sourceStem'>,
  relativePath: string,
): string {
  const { parent } = splitStorePath(base);
  if (sourceStem === null) return `${parent}/${splitStorePath(relativePath).name}`;
  if (relativePath.startsWith(sourceStem)) return `${base}${relativePath.slice(sourceStem.length)}`;
  const folder = splitStorePath(sourceStem).parent;
  const below = folder === '' ? '' : `${folder}/`;
  return relativePath.startsWith(below)
    ? `${parent}/${relativePath.slice(below.length)}`
    : `${parent}/${splitStorePath(relativePath).name}`;
}
