import { formatMetric } from '#src/components/format-metric.ts';
import type { Geometry } from '#src/shared/contracts/geometry.ts';
import type { TemplateMetric } from '#src/shared/contracts/job-template.ts';
import type { ExperimentState } from '#src/shared/model/states.ts';

type Tone = 'ok' | 'running' | 'queued' | 'warn' | 'failed' | 'muted';

export const EXPERIMENT_STATE_WORDS: Readonly<Record<ExperimentState, { word: string; tone: Tone }>> = {
  preparation: { word: 'Preparation', tone: 'queued' },
  running: { word: 'Running', tone: 'running' },
  processing: { word: 'Processing', tone: 'ok' },
  closed: { word: 'Closed', tone: 'muted' },
};

/** The experiments active at their instruments first, each part in the order it was. */
export function activeFirst<T extends { activeSince: Date | null }>(rows: readonly T[]): T[] {
  return [...rows.filter((row) => row.activeSince), ...rows.filter((row) => !row.activeSince)];
}

/** Up to `digits` significant figures without trailing zeros: 0.1, 0.9763, 12 400. */
export function figures(value: number, digits = 4): string {
  return String(Number(value.toPrecision(digits)));
}

/** The rotation of a series: "0–180° in 0.1° steps"; null when the source did not say, or nothing turned. */
export function rotationWords(geometry: Geometry, frames: number | null): string | null {
  const { omegaStartDeg: start, omegaIncrementDeg: step } = geometry;
  if (start == null || step == null || step === 0) return null;
  if (frames === null || frames === 0)
    return `from ${figures(start, 5)}° in ${figures(Math.abs(step))}° steps`;
  return `${figures(start, 5)}–${figures(start + step * frames, 5)}° in ${figures(Math.abs(step))}° steps`;
}

/** Exposure of one image: "10 ms"; the count time when known, else the frame time. */
export function exposureWords(geometry: Geometry): string | null {
  const seconds = geometry.countTimeS || geometry.frameTimeS;
  if (!seconds) return null;
  return seconds < 0.9995 ? `${figures(seconds * 1000, 3)} ms` : `${figures(seconds, 3)} s`;
}

/** "0.9763 Å", from the energy when only that is known: λ = hc/E with hc = 12398.419843 eV Å (CODATA 2018). */
export function wavelengthWords(geometry: Geometry): string | null {
  const wavelengthA = geometry.wavelengthA ?? (geometry.energyEv ? 12398.419843 / geometry.energyEv : null);
  return wavelengthA ? `${wavelengthA.toFixed(4)} Å` : null;
}

/** "spotsMedian" → "spots median". */
function keyWords(key: string): string {
  return key.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}

/**
 * The best numbers of a dataset's jobs, for a list: at most three, the most telling first, in the words and digits that the job
 * templates declare. What no template declares (any more) keeps its name.
 */
export function summaryWords(
  summary: Readonly<Record<string, number>>,
  declared: readonly Pick<TemplateMetric, 'name' | 'label' | 'digits' | 'unit'>[],
): { label: string; value: string }[] {
  const weight = (key: string) =>
    /resolution/i.test(key) ? 0 : key === 'spotsMedian' ? 1 : /spot/i.test(key) ? 2 : 3;
  return Object.entries(summary)
    .sort(([a], [b]) => weight(a) - weight(b) || a.localeCompare(b))
    .slice(0, 3)
    .map(([key, value]) => {
      const metric = declared.find(({ name }) => name === key);
      if (metric) return { label: metric.label.toLowerCase(), value: formatMetric(metric, value) };
      return { label: keyWords(key), value: figures(value, 3) };
    });
}
