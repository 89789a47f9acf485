import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { summariseLatency } from '#src/shared/model/latency.ts';
import { LatencyHistogram } from './latency-histogram.tsx';

function draw(latenciesMs: readonly number[], promiseMs: number): string {
  const { p50Ms, p95Ms, ...summary } = summariseLatency(latenciesMs);
  const latency = { ...summary, p50Ms: p50Ms!, p95Ms: p95Ms! };
  return renderToStaticMarkup(createElement(LatencyHistogram, { latency, promiseMs })).replaceAll(
    '\u00a0',
    ' ',
  );
}

describe('the latency histogram', () => {
  const drawn = draw([200, 250, 420, 4000], 3000);

  it('says in words what it shows', () => {
    expect(drawn).toContain(
      'aria-label="Latency of the last 4 files: half within 250 ms, 95 of 100 within 4 s, all within 4 s; the promise is 3 s"',
    );
  });

  it('tells the count of every bin', () => {
    expect(drawn).toContain('178 ms to 316 ms: 2 files');
    expect(drawn).toContain('3.2 s to 5.6 s: 1 file<');
    expect(drawn.match(/<title>/g)).toHaveLength(16);
  });

  it('colours what came later than promised otherwise, and marks median, 95th percentile and promise', () => {
    const fills = [...drawn.matchAll(/height="([\d.]+)%" class="[^"]*(fill-\w+)"/g)];
    expect(fills.filter(([, height]) => Number(height) > 0).map(([, , fill]) => fill)).toEqual([
      'fill-accent',
      'fill-accent',
      'fill-warn',
    ]);
    for (const mark of ['>p50<', '>p95<', '>promise 3 s<']) expect(drawn).toContain(mark);
  });
});
