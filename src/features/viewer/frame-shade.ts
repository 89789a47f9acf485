import type { Transfer } from './frame-renderer.ts';

/** Position 0–1 in the colour map, as the shader computes it (`transfer` in frame-shaders.ts). */
export function shadeOf(value: number, range: { low: number; high: number }, transfer: Transfer): number {
  const t = Math.min(1, Math.max(0, (value - range.low) / Math.max(range.high - range.low, 1e-6)));
  if (transfer === 'log') return Math.log(1 + t * 999) / Math.log(1000);
  return transfer === 'sqrt' ? Math.sqrt(t) : t;
}

/** Black or white, whichever is read better on a colour of the table. */
export function inkOn(colours: Uint8Array, shade: number): string {
  const at = Math.round(shade * 255) * 4;
  const light = 0.299 * colours[at]! + 0.587 * colours[at + 1]! + 0.114 * colours[at + 2]!;
  return light > 128 ? '#000' : '#fff';
}
