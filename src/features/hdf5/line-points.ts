import type { DtypeArray } from '#src/shared/model/dtype.ts';

/** Points that a plot draws without effort; of more the smallest and largest of each stretch are drawn. */
const MOST_POINTS = 6000;

/** `stretch` numbers have become two points each; 1: every number is a point. */
export interface LinePoints {
  x: number[];
  y: (number | null)[];
  stretch: number;
}

const drawn = (value: number | bigint): number | null => {
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
};

/** @param place of the nth value along the axis */
export function linePoints(values: DtypeArray, place: (n: number) => number): LinePoints {
  if (values.length <= MOST_POINTS) {
    return {
      x: Array.from({ length: values.length }, (_, n) => place(n)),
      y: Array.from({ length: values.length }, (_, n) => drawn(values[n]!)),
      stretch: 1,
    };
  }
  const stretch = Math.ceil(values.length / (MOST_POINTS / 2));
  const points: LinePoints = { x: [], y: [], stretch };
  for (let from = 0; from < values.length; from += stretch) {
    let least = -1;
    let most = -1;
    for (let n = from; n < Math.min(values.length, from + stretch); n++) {
      const value = drawn(values[n]!);
      if (value === null) continue;
      if (least < 0 || value < Number(values[least])) least = n;
      if (most < 0 || value > Number(values[most])) most = n;
    }
    if (least < 0) {
      points.x.push(place(from));
      points.y.push(null);
      continue;
    }
    for (const n of least === most ? [least] : [Math.min(least, most), Math.max(least, most)]) {
      points.x.push(place(n));
      points.y.push(Number(values[n]));
    }
  }
  return points;
}
