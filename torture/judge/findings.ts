/**
 * What the judge holds against an installation. lost: handed over, not in the store with the right bytes, though nothing may have lost it.
 * unreported: not in the store, and no screen names it. misplaced: in a wrong experiment or tray, or stored twice. untrue: a screen says
 * what the store contradicts.
 */
export const FINDING_KINDS = ['lost', 'unreported', 'misplaced', 'untrue'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface Finding {
  kind: FindingKind;
  /** Frames or files. */
  count: number;
  /** A sentence for a person. */
  what: string;
}

export type Tally = Readonly<Record<FindingKind, number>>;

export function tallyOf(findings: readonly Finding[]): Tally {
  const tally = { lost: 0, unreported: 0, misplaced: 0, untrue: 0 };
  for (const { kind, count } of findings) tally[kind] += count;
  return tally;
}
