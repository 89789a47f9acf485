'use client';
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { COLOUR_MAP_NAMES } from '#src/features/viewer/index.ts';
import { CONTRASTS, type Contrast } from './image-shades.ts';

export const VIEWS = ['picture', 'curve', 'values'] as const;
export type ViewKind = (typeof VIEWS)[number];

const CONTRAST_NAMES = Object.keys(CONTRASTS) as Contrast[];

/** What the explorer shows, as it stands in the address: a link shows the other what the sender saw. */
const PLACE = {
  at: parseAsString.withDefault('/'),
  /** As typed, `5, :, 10:20`; none: what is shown at first. */
  slice: parseAsString,
  view: parseAsStringLiteral(VIEWS),
  log: parseAsBoolean.withDefault(false),
  map: parseAsStringLiteral(COLOUR_MAP_NAMES).withDefault('viridis'),
  contrast: parseAsStringLiteral(CONTRAST_NAMES).withDefault('99.9'),
};

export function useExplorerPlace() {
  const [place, setPlace] = useQueryStates(PLACE, { history: 'replace', clearOnDefault: true });
  return {
    place,
    setPlace,
    /** Another node: what was chosen of the former one does not fit it. */
    go: (at: string) => void setPlace({ at, slice: null, view: null }, { history: 'push' }),
  };
}

export type LooksOfValues = Pick<ReturnType<typeof useExplorerPlace>['place'], 'log' | 'map' | 'contrast'>;
