import { formatCount } from '#src/components/format.ts';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';

type Compute = CockpitView['compute'];

const counted = (count: number, one: string) => `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;

/** "2 running on 6 CPUs, 1 waiting"; of nothing "none under way". */
export function computeWords({ running, cpus, waiting }: Compute): string {
  const words = [
    ...(running > 0 ? [`${formatCount(running)} running on ${counted(cpus, 'CPU')}`] : []),
    ...(waiting > 0 ? [`${formatCount(waiting)} waiting`] : []),
  ];
  return words.length === 0 ? 'none under way' : words.join(', ');
}

/** What members are told of jobs of other groups: how many; null of none. */
export function othersJobsWords({ compute }: CockpitView['others']): string | null {
  const { running, waiting } = compute;
  return running + waiting === 0 ? null : `Of other groups: ${computeWords(compute)}.`;
}

/** What members are told of data of other groups: how many datasets, and files without one; null of none. */
export function othersDataWords({ receiving, files }: CockpitView['others']): string | null {
  const sentences = [
    ...(receiving > 0
      ? [`${counted(receiving, 'other dataset')} ${receiving === 1 ? 'is' : 'are'} arriving.`]
      : []),
    ...(files > 0 ? [`${counted(files, 'other file')} came in the last minute.`] : []),
  ];
  return sentences.length === 0 ? null : sentences.join(' ');
}
