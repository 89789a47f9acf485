import type { Acquired } from '#src/shared/contracts/agent-files.ts';
import type { SourceFile } from './file-rows.ts';
import type { FlowContext } from './flow-context.ts';
import { Continuity, longestPauseMs, ownMoment } from './goes-on.ts';
import type { Master } from './noted-master.ts';
import type { PathBytes } from './path-bytes.ts';

/* Which of the files that have the names in a master are of its acquisition. */

const rowAt = ({ deps, source }: FlowContext, path: PathBytes) => deps.journal.byPath(source, path);

/** Null: its master is not in the journal any more. */
function continuityOf(context: FlowContext, master: Master): Continuity | null {
  const row = rowAt(context, master.path);
  const began = master.request?.acquired ?? (row && context.acquiredOf(row));
  if (began) master.continuity ??= new Continuity(context.deps.gate, began);
  return master.continuity;
}

/** The switch of experiments between the beginning of the dataset and this file. */
const switchBeforeFile = (context: FlowContext, master: Master, row: SourceFile): Date | null =>
  continuityOf(context, master)?.switchBefore(context.acquiredOf(row)) ?? null;

const namesOf = ({ path, files }: Master) =>
  [path, ...files.map((file) => file.path)].filter((one) => one !== null);

/** Whether what is on its way under a name of the dataset is a new file of after a switch: another acquisition, unless it is a copy. */
export const isAnother = (context: FlowContext, master: Master, row: SourceFile): boolean =>
  row.confirmedId !== null &&
  row.state !== 'confirmed' &&
  !row.inPlace &&
  switchBeforeFile(context, master, row) !== null;

/** Whether there is such a file, under any of its names. */
export const isUsedAnew = (context: FlowContext, master: Master): boolean =>
  namesOf(master).some((path) => {
    const row = rowAt(context, path);
    return row !== null && isAnother(context, master, row);
  });

/** When the first of such files came, own clock; null: there is none. */
export function usedAnewMs(context: FlowContext, master: Master): number | null {
  const moments = namesOf(master).flatMap((path) => {
    const row = rowAt(context, path);
    if (row === null || !isAnother(context, master, row)) return [];
    return [Math.min(row.seenMs, ownMoment(context.acquiredOf(row)) ?? row.seenMs)];
  });
  return moments.length === 0 ? null : moments.reduce((a, b) => Math.min(a, b));
}

function pauseOf({ deps }: FlowContext, { facts, files, request }: Master): number {
  const framesPerFile = request?.framesPerFile ?? Math.ceil((facts.framesExpected ?? 0) / files.length);
  return longestPauseMs(deps.folder.absentTimeoutMs, facts.geometry.frameTimeS, framesPerFile);
}

/** Whether a file is of the acquisition of a master that names it, which may have come before it or after it. */
export const isPartOf = (context: FlowContext, master: Master, row: SourceFile): boolean =>
  isPartAt(context, master, context.acquiredOf(row));

/** @param file when it came about */
export function isPartAt(context: FlowContext, master: Master, file: Acquired): boolean {
  const continuity = continuityOf(context, master);
  const own = rowAt(context, master.path);
  if (continuity === null || own === null) return true;
  if (master.endedMs !== null) return continuity.switchBefore(file) === null;
  // Until that is known to be a copy, what came after the switch is not taken for a part.
  if (continuity.switchBefore(file) !== null && isUsedAnew(context, master)) return false;
  const others = () =>
    [master, ...master.files]
      .map(({ path }) => (path === null ? null : rowAt(context, path)))
      .filter((one) => one !== null)
      .map((one) => context.acquiredOf(one));
  const began = context.acquiredOf(own);
  const [fileMs, beganMs] = [ownMoment(file), ownMoment(began)];
  const isEarlier = fileMs !== null && beganMs !== null && fileMs < beganMs;
  const goesOn = isEarlier
    ? new Continuity(context.deps.gate, file).of(began, others, pauseOf(context, master))
    : continuity.of(file, others, pauseOf(context, master));
  return goesOn === 'part';
}
