import { formatBytes, formatCount } from '#src/components/format.ts';
import type { MoveTold } from '#src/shared/model/move-told.ts';

const counted = (count: number, one: string) => `${formatCount(count)} ${count === 1 ? one : `${one}s`}`;

function elsewhereWords({ elsewhere, direction }: MoveTold): string {
  const place =
    elsewhere.kind === 'experiment' ? 'another experiment' : `the unassigned data of ${elsewhere.instrument}`;
  return direction === 'here' ? `here from ${place}` : `from here to ${place}`;
}

/** "Ines Becker moved lyso/run_1 (1,800 frames, 4.2 GB) here from another experiment: by the logbook." */
export function moveWords(told: MoveTold): string {
  const { what, direction, frames, files, sizeBytes } = told;
  const name = told.name.replace(/^raw\//, '');
  if (what === 'parts') {
    const amount = `${counted(files, 'file')} (${formatBytes(sizeBytes)})`;
    if (direction === 'here')
      return `${amount} of ${name} came ${elsewhereWords(told)}: the dataset began here.`;
    const more = files === 1 ? '' : ` and ${formatCount(files - 1)} more`;
    return `${amount} went ${elsewhereWords(told)}, where their dataset began: ${name}${more}.`;
  }
  const amount = [...(frames === null ? [] : [counted(frames, 'frame')]), formatBytes(sizeBytes)].join(', ');
  const sentence = `${told.by ?? 'Beamdeck'} moved ${name} (${amount}) ${elsewhereWords(told)}`;
  return told.reason === null ? `${sentence}.` : `${sentence}: ${told.reason}`;
}
