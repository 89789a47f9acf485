import type { FrameRange } from '#src/shared/contracts/agent-api.ts';
import type { DatasetState } from '#src/shared/model/states.ts';

/** What is known of the frames of a dataset; ranges are [first, last], both inclusive, 0-based image ids. */
export interface KnownFrames {
  state: DatasetState;
  framesExpected: number | null;
  framesStored: number;
  missing: readonly FrameRange[];
  lost: readonly FrameRange[];
  /** Stored without the channel that is shown. */
  lacking: readonly FrameRange[];
  channel: string;
  /** Stored in files of which it is not known where they have their frames. */
  unlocated: readonly FrameRange[];
  /** That is being looked up for some of these. */
  isToBeLocated: boolean;
  /** Why it cannot be told of the others. */
  unlocatedWhy: readonly string[];
}

const within = (frame: number, ranges: readonly FrameRange[]): boolean =>
  ranges.some(([first, last]) => frame >= first && frame <= last);

const frames = (count: number): string => `${count} ${count === 1 ? 'frame' : 'frames'}`;

/**
 * Why a frame cannot be shown that is not in the store. Only what the balance of the dataset names is called missing or lost.
 * @param frame 0-based image id
 * @param end one past the last frame that is stored
 */
export function absentFrameWords(frame: number, end: number, known: KnownFrames): string {
  const { state, framesExpected, framesStored } = known;
  const image = `Frame ${frame + 1}`;
  if (within(frame, known.unlocated)) {
    if (known.isToBeLocated) return `${image} is stored; where its file has it is being looked up.`;
    // Of several reasons nobody can tell which is this one's.
    const why = known.unlocatedWhy.length === 1 ? ` ${known.unlocatedWhy[0]}` : '';
    return `${image} is stored, in a file that can only be shown after downloading it.${why}`;
  }
  if (within(frame, known.missing)) return `${image} was never received.`;
  if (within(frame, known.lost)) return `${image} was lost at the agent.`;
  if (within(frame, known.lacking)) return `${image} came without ${known.channel}.`;
  const beyondAnnounced = framesExpected !== null && frame >= framesExpected;
  if (beyondAnnounced && (state === 'receiving' || state === 'incomplete'))
    return `There is no frame ${frame + 1}: this dataset was announced with ${frames(framesExpected)}.`;
  switch (state) {
    case 'receiving':
      return `${image} is not here yet; ${framesStored} stored so far.`;
    case 'stopped':
      return `There is no frame ${frame + 1}: the source stopped at frame ${end}.`;
    case 'complete':
    case 'open-ended':
      return `There is no frame ${frame + 1}: this dataset has ${frames(end)}.`;
    case 'incomplete':
      return `${image} is not in the store; the last that is stored is frame ${end}.`;
  }
}
