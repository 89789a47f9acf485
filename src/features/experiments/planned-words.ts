import { energyWords, exposureWords } from '#src/shared/model/measured-words.ts';
import type { AcquisitionKind } from '#src/shared/model/states.ts';

/** "grid · lyso-1 · 12.400 keV, 0.9999 Å · second loop": what was said; a kind that nobody said is left out. */
export function plannedWords(row: {
  kind: AcquisitionKind;
  sampleName: string | null;
  energyEv: number | null;
  exposureS: number | null;
  comment: string;
}): string {
  const words = [
    row.kind === 'other' ? null : row.kind,
    row.sampleName,
    row.energyEv === null ? null : energyWords(row.energyEv),
    exposureWords(row.exposureS),
    row.comment,
  ];
  return words.filter(Boolean).join(' · ') || 'nothing else was said';
}
