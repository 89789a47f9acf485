import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';

/** A file this old is not arriving any more. */
const JUST_CAME_MS = 60_000;

/** What goes on: "2 under way", "files are coming", "quiet". */
export function arrivingWords(
  {
    arriving,
    arrivingFiles,
  }: { arriving: readonly { state: string }[] } & Pick<CockpitView, 'arrivingFiles'>,
  now: Date,
): string {
  const receiving = arriving.filter(({ state }) => state === 'receiving').length;
  if (receiving > 0) return `${receiving} under way`;
  const [newest] = arrivingFiles;
  return newest && now.getTime() - newest.committedAt.getTime() < JUST_CAME_MS ? 'files are coming' : 'quiet';
}
