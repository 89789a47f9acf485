import type { ViewerState, ViewerStore } from './viewer-store.ts';

/** What two pictures side by side have in common, whichever of them is used. */
const COMMON = [
  'view',
  'transfer',
  'colourMap',
  'inverted',
  'showMask',
  'maskColour',
  'stack',
  'rings',
  'ringsA',
  'iceRings',
  'beamCross',
  'spots',
  'spotKinds',
  'spotSizePx',
  'shape',
  'tool',
] as const satisfies readonly (keyof ViewerState)[];

function commonOf(state: ViewerState): Partial<ViewerState> {
  return Object.fromEntries(COMMON.map((key) => [key, state[key]]));
}
const differ = (a: ViewerState, b: ViewerState) => COMMON.some((key) => a[key] !== b[key]);

/**
 * Keeps two viewers at the same place with the same looks, both ways, and the second a fixed number of frames behind or before
 * the first. Returns what ends it.
 */
export function linkStores(first: ViewerStore, second: ViewerStore, offset: number): () => void {
  const follow = () => {
    const from = first.getState();
    const frame = Math.max(0, from.frame + offset);
    if (differ(from, second.getState()) || second.getState().frame !== frame)
      second.setState({ ...commonOf(from), frame });
  };
  follow();
  const stopFirst = first.subscribe(follow);
  const stopSecond = second.subscribe((state) => {
    if (differ(state, first.getState())) first.setState(commonOf(state));
  });
  return () => {
    stopFirst();
    stopSecond();
  };
}
