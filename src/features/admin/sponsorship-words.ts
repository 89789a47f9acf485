import type { SponsorshipView } from '#src/server/domain/accounting/accounting.types.ts';

type Scope = Pick<SponsorshipView, 'instrumentName' | 'experimentCode' | 'templateSlug'>;

/** What a rule pays for: "fast-feedback of DEM26-7K2QF at MX-1", "everything at MX-1", "everything". */
export function scopeWords({ instrumentName, experimentCode, templateSlug }: Scope): string {
  return [
    templateSlug ?? 'everything',
    experimentCode && `of ${experimentCode}`,
    instrumentName && `at ${instrumentName}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Whether a rule pays now, and if not, why. */
export function ruleState(
  rule: Pick<SponsorshipView, 'endedAt' | 'validUntil' | 'mostCpuMs' | 'usedCpuMs'>,
  nowMs: number,
): { tone: 'ok' | 'muted' | 'warn'; word: string } {
  if (rule.endedAt) return { tone: 'muted', word: 'Ended' };
  if (rule.validUntil && rule.validUntil.getTime() <= nowMs) return { tone: 'muted', word: 'Over' };
  if (rule.mostCpuMs !== null && rule.usedCpuMs >= rule.mostCpuMs) return { tone: 'warn', word: 'Used up' };
  return { tone: 'ok', word: 'Pays' };
}
