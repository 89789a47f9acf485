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
  /** Stored in files whose frames cannot be found without the library that wrote them. */
  unlocated: readonly FrameRange[];
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
    return `${image} is stored, in a file that can only be shown after downloading it.`;
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
