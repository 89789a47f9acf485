import type { GroupListing, NodeRow } from './nodes.ts';

/** What is known of a group's children. */
export interface Listing {
  names: readonly string[];
  /** By their place among the names; absent: not looked into yet. */
  rows: ReadonlyMap<number, NodeRow>;
  fault: string | null;
}

export type TreeLine =
  | {
      kind: 'node';
      path: string;
      name: string;
      depth: number;
      row: NodeRow | null;
      isOpen: boolean;
      parent: string;
      index: number;
    }
  | { kind: 'note'; path: string; depth: number; text: string; isFault: boolean };

export const childPath = (group: string, name: string): string => `${group === '/' ? '' : group}/${name}`;

/** The groups on the way to a path, from the top. */
export function groupsAbove(path: string): string[] {
  const steps = path.split('/').filter(Boolean);
  return steps.map((_, n) => `/${steps.slice(0, n).join('/')}`);
}

/** A group that is one of those above it again is not opened: the tree would never end. */
export const mayOpen = (row: NodeRow | null): boolean =>
  row !== null && (row.kind === 'elsewhere' || (row.kind === 'group' && row.sameAs === null));

export function mergeListing(before: Listing | undefined, { names, from, rows }: GroupListing): Listing {
  const merged = new Map(before?.rows);
  for (const [n, row] of rows.entries()) merged.set(from + n, row);
  return { names, rows: merged, fault: null };
}

/** The lines of the tree as they stand below each other. */
export function treeLines(
  listings: ReadonlyMap<string, Listing>,
  open: ReadonlySet<string>,
  root: string,
): TreeLine[] {
  const lines: TreeLine[] = [
    { kind: 'node', path: '/', name: root, depth: 0, row: null, isOpen: true, parent: '', index: 0 },
  ];
  const addChildren = (group: string, depth: number): void => {
    const listing = listings.get(group);
    const note = (text: string, isFault: boolean) =>
      lines.push({ kind: 'note', path: `${group} ${text}`, depth, text, isFault });
    if (!listing) {
      note('reading …', false);
      return;
    }
    if (listing.fault !== null) note(listing.fault, true);
    else if (listing.names.length === 0) note('empty', false);
    for (const [index, name] of listing.names.entries()) {
      const path = childPath(group, name);
      const row = listing.rows.get(index) ?? null;
      const isOpen = open.has(path) && mayOpen(row);
      lines.push({ kind: 'node', path, name, depth, row, isOpen, parent: group, index });
      if (isOpen) addChildren(path, depth + 1);
    }
  };
  addChildren('/', 1);
  return lines;
}
