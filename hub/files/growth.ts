import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import type { UploadGate } from '../agent/upload-gate.ts';
import { acquiredMoment } from './acquired.ts';
import type { SourceFile } from './file-rows.ts';

/**
 * What became of a file that is longer than it was, when experiments were switched in between. appended: it is the acquisition that it was.
 * written-over: another one used its name. unclear: either.
 */
export type GrowthOver = 'appended' | 'written-over' | 'unclear';

/** What they append changes the beginning too: the end of the file, the sizes of its arrays. */
const GROWS_INSIDE = /\.(h5|hdf5|hdf|nxs|tiff?)$/i;

/** @param prefixSha256 of so many bytes as the file had before; null: it was not read then */
export function growthOver(
  file: SourceFile,
  prefixSha256: string | null,
  deps: {
    gate: Pick<UploadGate, 'switchBetween'>;
    acquiredOf: (file: SourceFile) => Acquired;
    datasets: { isGoingOn(file: SourceFile, acquired: Acquired): boolean };
  },
): GrowthOver {
  const { grown } = file;
  if (grown === null || (grown.before !== null && grown.before.sha256 === prefixSha256)) return 'appended';
  const since = deps.acquiredOf({ ...file, ...grown.seen, inPlace: true });
  const [from, to] = [deps.acquiredOf(file), since].map(acquiredMoment);
  // Without a switch it is the same experiment's in any case.
  if (deps.gate.switchBetween(from!, to!) === null || deps.datasets.isGoingOn(file, since)) return 'appended';
  return grown.before === null || GROWS_INSIDE.test(file.path) ? 'unclear' : 'written-over';
}
