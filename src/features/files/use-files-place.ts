'use client';
import { parseAsBoolean, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { ENTRY_CHOICES, ENTRY_ORDERS, type EntryOrder } from '#src/shared/model/file-types.ts';

const SORTS = ENTRY_ORDERS.flatMap((order) => [order, `-${order}`] as const);

/** What the file browser shows, as it stands in the address: a link shows the other what the sender saw. */
const PLACE = {
  path: parseAsString.withDefault('raw'),
  /** `f:<id>` or `d:<id>`: what is open at the side. */
  sel: parseAsString,
  /** Words or a pattern that names must hold. */
  q: parseAsString.withDefault(''),
  /** Looks everywhere in the experiment instead of in the folder alone. */
  all: parseAsBoolean.withDefault(false),
  type: parseAsStringLiteral(ENTRY_CHOICES),
  /** `-size`: from large to small. */
  sort: parseAsStringLiteral(SORTS).withDefault('name'),
};

export function useFilesPlace() {
  const [place, setPlace] = useQueryStates(PLACE, { history: 'push', clearOnDefault: true });
  const falls = place.sort.startsWith('-');
  const order = (falls ? place.sort.slice(1) : place.sort) as EntryOrder;
  const isNarrowed = place.q !== '' || place.type !== null;
  return { place, setPlace, order, falls, isNarrowed };
}

export type FilesPlace = ReturnType<typeof useFilesPlace>;

/** The sort that a press on the head of a column asks for: names and kinds begin at A, sizes and times with the most. */
export function nextSort(
  order: EntryOrder,
  now: { order: EntryOrder; falls: boolean },
): (typeof SORTS)[number] {
  const beginsFalling = order === 'size' || order === 'time';
  const falls = now.order === order ? !now.falls : beginsFalling;
  return falls ? `-${order}` : order;
}
