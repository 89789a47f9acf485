import type { Dtype } from '#src/shared/model/dtype.ts';

/** The shortest text that is read back as the same number: of 32 bits too, whose digits as a number of 64 bits mean nothing. */
export function numberText(value: number | bigint, dtype: Dtype): string {
  if (dtype !== 'f4' || typeof value === 'bigint' || !Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(Number(value.toPrecision(9)));
}
