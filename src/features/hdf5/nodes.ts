import type { Cell } from './reading/decode-values.ts';
import type { FilterFact } from './reading/filters.ts';
import type { ValueType } from './value-type.ts';

/* What the worker tells of a file; plain data that crosses to the page. */

export type LinkFact =
  | { kind: 'hard' }
  | { kind: 'soft'; target: string }
  | { kind: 'external'; file: string; target: string };

/** A row of the tree. `elsewhere`: in another file, not looked into yet; `missing`: a link that leads nowhere. */
export interface NodeRow {
  name: string;
  path: string;
  kind: 'group' | 'dataset' | 'type' | 'elsewhere' | 'missing';
  link: LinkFact;
  /** NeXus class of a group. */
  nxClass: string | null;
  shape: number[] | null;
  /** Short words for the type of a dataset. */
  type: string | null;
  /** A group above it that is the same one: a hard link leads in a circle. */
  sameAs: string | null;
}

/** Names of a group, and the rows of some of them. */
export interface GroupListing {
  names: string[];
  /** Of the names from `from` on. */
  from: number;
  rows: NodeRow[];
}

export interface AttributeView {
  name: string;
  type: string;
  shape: number[];
  /** Of texts, records and the like one per element; shortened when there are many. */
  cells: Cell[];
  total: number;
  fault: string | null;
}

export interface DatasetFacts {
  /** Null: it has no elements at all. */
  shape: number[] | null;
  /** Where an axis may grow: null for without limit. */
  maxShape: (number | null)[] | null;
  chunks: number[] | null;
  type: ValueType;
  littleEndian: boolean;
  filters: FilterFact[];
  sizeBytes: number;
  /** Datasets of which a virtual one is composed; the first hundred. */
  sources: { file: string; dataset: string }[];
  sourceCount: number;
  /** Why its values cannot be shown; null: they can. */
  unreadable: string | null;
}

export interface NodeDetail {
  row: NodeRow;
  attributes: AttributeView[];
  dataset: DatasetFacts | null;
  /** Of a missing node: what is wrong, for people. */
  fault: string | null;
  plot: DefaultPlot | null;
}

/** What NeXus says is to be drawn of a group: paths. */
export interface DefaultPlot {
  group: string;
  signal: string;
  /** Of each axis of the signal; null: just counted. */
  axes: (string | null)[];
}
