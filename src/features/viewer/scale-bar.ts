export interface ScaleBar {
  lengthPx: number;
  label: string;
}

/**
 * A bar of a round length (1, 2 or 5 times a power of ten), at most `mostPx` canvas pixels long: in millimetres on the
 * detector where the size of its pixels is known, else in pixels.
 */
export function scaleBar(scale: number, pixelSizeM: number | null, mostPx: number): ScaleBar {
  const unit = pixelSizeM === null ? 1 : pixelSizeM * 1000;
  const most = (mostPx / scale) * unit;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((n) => n * power).find((n) => n <= most * (1 + 1e-9)) ?? power;
  const lengthPx = (length / unit) * scale;
  const figure = String(Number(length.toPrecision(3)));
  return { lengthPx, label: `${figure} ${pixelSizeM === null ? 'px' : 'mm'}` };
}
