import { MAX_SPOTS_FILE_BYTES, spotsPathOf } from '../../../shared/codecs/spots-file.ts';
import { spotsFileOfTable } from '../../../shared/codecs/spots-table.ts';
import type { TemplateOutput } from '../../../shared/contracts/template-content.ts';
import type { ComputeDriver, RunOutputFile } from '../../compute/compute.port.ts';

export interface ConvertedSpots {
  path: string;
  body: () => Uint8Array;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return new TextDecoder().decode(Buffer.concat(pieces));
}

/**
 * What stands beside a table of spots that a run left: the same as a file of spots, or a sentence that says why there is none. Never throws for what a script
 * wrote: its table is a result all the same.
 */
export async function convertSpots(
  compute: Pick<ComputeDriver, 'readOutput'>,
  runRef: string,
  declared: readonly TemplateOutput[],
  left: readonly RunOutputFile[],
): Promise<ConvertedSpots[]> {
  const made: ConvertedSpots[] = [];
  for (const { kind, path } of declared) {
    const target = spotsPathOf(path);
    const table = left.find((file) => file.path === path);
    if (kind !== 'spots' || !table || left.some((file) => file.path === target)) continue;
    try {
      if (table.sizeBytes > MAX_SPOTS_FILE_BYTES) {
        throw new Error(`It is larger than ${MAX_SPOTS_FILE_BYTES / 1024 ** 2} MiB.`);
      }
      const body = spotsFileOfTable(await textOf(compute.readOutput(runRef, path)));
      made.push({ path: target, body: () => body });
    } catch (fault) {
      const why = fault instanceof Error ? fault.message : String(fault);
      const words = `The viewer does not show the spots of ${path}. ${why}\n`;
      made.push({ path: `${target}.fault.txt`, body: () => new TextEncoder().encode(words) });
    }
  }
  return made;
}
