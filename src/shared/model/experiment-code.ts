/** Experiment codes such as DEM26-7K2QF: facility (2–5 capitals), two-digit year, hyphen, five Crockford base-32 characters. */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE = /^([A-Z]{2,5})(\d{2})-([0-9A-HJKMNP-TV-Z]{5})$/;

/** @param random32 five integers 0–31, from the context's randomness. */
export function makeExperimentCode(facility: string, year: number, random32: readonly number[]): string {
  const tail = random32.map((n) => CROCKFORD[n & 31]).join('');
  return `${facility}${String(year % 100).padStart(2, '0')}-${tail}`;
}

/**
 * The canonical form of a code a person typed: case, the hyphen and look-alike letters (O→0, I and L→1, as Crockford
 * proposes) do not matter. Null when it is no experiment code.
 */
export function parseExperimentCode(typed: string): string | null {
  const compact = typed.trim().toUpperCase().replaceAll(/[-\s]/g, '');
  const split = /^([A-Z]{2,5})(\d{2})(.{5})$/.exec(compact);
  if (!split) return null;
  const tail = split[3]!.replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const code = `${split[1]}${split[2]}-${tail}`;
  return CODE.test(code) ? code : null;
}
