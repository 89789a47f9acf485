import { describe, expect, test } from 'vitest';
import { FrameChoice } from './frame-choice.ts';

/** Between frames of a series that leaves time for every preview. */
const SLOW_MS = 500;

/** Offers frames as a detector sends them; which are kept and which are taken as the newest. */
function choose(choice: FrameChoice, frames: Iterable<number>, frameTimeMs: number) {
  const taken = { kept: [] as number[], newest: [] as number[] };
  let nowMs = 5000;
  for (const frame of frames) {
    const why = choice.wants(frame, nowMs);
    if (why !== null) {
      taken[why].push(frame);
      choice.took(frame, why === 'kept', nowMs);
    }
    nowMs += frameTimeMs;
  }
  return taken;
}

function* upTo(count: number) {
  for (let frame = 0; frame < count; frame++) yield frame;
}

describe('kept frames', () => {
  test.each([21, 40, 41, 80, 81, 812, 3600, 99_999])('of %i announced frames 20 to 40 are kept', (count) => {
    const { kept } = choose(new FrameChoice(count), upTo(count), SLOW_MS);
    expect(kept.length).toBeGreaterThanOrEqual(20);
    expect(kept.length).toBeLessThanOrEqual(40);
    const steps = new Set(kept.slice(1).map((frame, index) => frame - kept[index]!));
    expect(steps.size).toBe(1);
  });

  test('of a series faster than previews are made as many are kept as there was time for', () => {
    // 1000 frames in two seconds.
    expect(choose(new FrameChoice(1000), upTo(1000), 2).kept).toEqual([0, 250, 500, 750]);
  });

  test('of a short series every frame is kept', () => {
    expect(choose(new FrameChoice(12), upTo(12), SLOW_MS).kept).toEqual([...upTo(12)]);
  });

  test('a frame that never came is replaced by the next one, and the raster stays', () => {
    const came = [...upTo(400)].filter((frame) => frame % 10 !== 0 || frame === 30);
    expect(choose(new FrameChoice(400), came, SLOW_MS).kept.slice(0, 5)).toEqual([1, 11, 21, 30, 41]);
  });

  test('of a series of unknown length some are kept however long it becomes', () => {
    for (const [count, most] of [
      [100, 25],
      [1000, 35],
      [100_000, 60],
    ] as const) {
      const { kept } = choose(new FrameChoice(null), upTo(count), SLOW_MS);
      expect(kept.length).toBeGreaterThanOrEqual(15);
      expect(kept.length).toBeLessThanOrEqual(most);
    }
  });
});

describe('the newest frame', () => {
  test('is taken once a second between kept ones', () => {
    // 100 Hz for 100 s: kept every 250 frames = 2.5 s, so two newest between each two of them.
    const { kept, newest } = choose(new FrameChoice(10_000), upTo(10_000), 10);
    expect(kept).toHaveLength(40);
    expect(newest.slice(0, 4)).toEqual([100, 200, 350, 450]);
    expect(newest).toHaveLength(80);
  });

  test('is never one that lies behind what was shown', () => {
    const choice = new FrameChoice(1000);
    choice.took(50, true, 0);
    expect(choice.wants(40, 10_000)).toBeNull();
    expect(choice.wants(51, 10_000)).toBe('newest');
    expect(choice.wants(51, 999)).toBeNull();
  });
});
