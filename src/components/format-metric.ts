import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';
import { formatCount } from './format.ts';

const NBSP = '\u00a0';

/**
 * A number a job reports, with the digits its template declared. A median of counts may be a half, so a "whole" number below 100
 * keeps one digit where it says something: 12.5 → "12.5", 246.5 → "247".
 */
function numberText(value: number, digits: number): string {
  if (digits > 0) return value.toFixed(digits);
  if (Number.isInteger(value) || Math.abs(value) >= 99.95) return formatCount(Math.round(value));
  return String(Math.round(value * 10) / 10);
}

/** "counts" → "count", "counts/px" → "count/px"; symbols such as "s" and "Å" have no plural. */
const singular = (unit: string): string => unit.replace(/^([a-z]{3,})s\b/, '$1');

/**
 * What a metric of a job looks like everywhere, with its unit: 1.6 → "1.60 Å", 246.5 → "247", 1 → "1 count"; a text as it is.
 * Null and absent: "—".
 */
export function formatMetric(
  metric: Pick<TemplateMetric, 'digits' | 'unit'>,
  value: number | string | null | undefined,
): string {
  if (value === null || value === undefined) return '—';
  if (typeof value === 'string') return value;
  const text = numberText(value, metric.digits);
  if (!metric.unit) return text;
  return `${text}${NBSP}${text === '1' ? singular(metric.unit) : metric.unit}`;
}

/** A label in the middle of a line: "Unit cell" becomes "unit cell"; "R-merge", "CC½" and "I/σ(I)" are names and stay. */
export function inLine(label: string): string {
  return /^\p{Lu}\p{Ll}/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}
