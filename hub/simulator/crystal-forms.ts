import { hashIntegers } from './random-source.ts';

/** A rotation of the point group as it acts on Miller indices, row by row. */
type IndexOperator = readonly [number, number, number, number, number, number, number, number, number];
export type Miller = readonly [h: number, k: number, l: number];

/** What the simulator knows of a protein crystal. All three have orthogonal axes. */
export interface CrystalForm {
  name: string;
  /** Short name for file prefixes. */
  shortName: string;
  spaceGroup: string;
  spaceGroupNumber: number;
  cellA: readonly [a: number, b: number, c: number];
  cellAnglesDeg: readonly [alpha: number, beta: number, gamma: number];
  operators: readonly IndexOperator[];
  /** Systematically absent by lattice centring or screw axes (International Tables A). */
  isAbsent: (h: number, k: number, l: number) => boolean;
  /** Wilson B factor, Å². */
  bFactorA2: number;
  /** Beyond this resolution the crystal does not diffract, Å. */
  diffractionLimitA: number;
  /** Relative scattering of the crystal. */
  strength: number;
}

function multiply(p: IndexOperator, q: IndexOperator): IndexOperator {
  const cell = (row: number, column: number) =>
    p[3 * row]! * q[column]! + p[3 * row + 1]! * q[column + 3]! + p[3 * row + 2]! * q[column + 6]!;
  return [
    cell(0, 0),
    cell(0, 1),
    cell(0, 2),
    cell(1, 0),
    cell(1, 1),
    cell(1, 2),
    cell(2, 0),
    cell(2, 1),
    cell(2, 2),
  ];
}

/** All products of the generators. */
function pointGroup(...generators: readonly IndexOperator[]): readonly IndexOperator[] {
  const group: IndexOperator[] = [[1, 0, 0, 0, 1, 0, 0, 0, 1]];
  const seen = new Set(group.map(String));
  for (let i = 0; i < group.length; i++) {
    for (const generator of generators) {
      const product = multiply(group[i]!, generator);
      if (!seen.has(String(product))) {
        seen.add(String(product));
        group.push(product);
      }
    }
  }
  return group;
}

const POINT_GROUP_422 = pointGroup([0, -1, 0, 1, 0, 0, 0, 0, 1], [1, 0, 0, 0, -1, 0, 0, 0, -1]);
const POINT_GROUP_23 = pointGroup([0, 0, 1, 1, 0, 0, 0, 1, 0], [-1, 0, 0, 0, -1, 0, 0, 0, 1]);

/** P4₁2₁2 and its mirror image P4₃2₁2: 00l only with l = 4n, h00 and 0k0 only with even index. */
function absentInP41212(h: number, k: number, l: number): boolean {
  if (h === 0 && k === 0) return l % 4 !== 0;
  if (l === 0 && (h === 0 || k === 0)) return (h + k) % 2 !== 0;
  return false;
}

export const CRYSTAL_FORMS: readonly CrystalForm[] = [
  {
    name: 'lysozyme',
    shortName: 'lyso',
    spaceGroup: 'P 43 21 2',
    spaceGroupNumber: 96,
    cellA: [78.1, 78.1, 37.2],
    cellAnglesDeg: [90, 90, 90],
    operators: POINT_GROUP_422,
    isAbsent: absentInP41212,
    bFactorA2: 16,
    diffractionLimitA: 1.5,
    strength: 1,
  },
  {
    name: 'thaumatin',
    shortName: 'thau',
    spaceGroup: 'P 41 21 2',
    spaceGroupNumber: 92,
    cellA: [58, 58, 151],
    cellAnglesDeg: [90, 90, 90],
    operators: POINT_GROUP_422,
    isAbsent: absentInP41212,
    bFactorA2: 18,
    diffractionLimitA: 1.6,
    strength: 0.8,
  },
  {
    name: 'insulin',
    shortName: 'ins',
    spaceGroup: 'I 21 3',
    spaceGroupNumber: 199,
    cellA: [78.9, 78.9, 78.9],
    cellAnglesDeg: [90, 90, 90],
    operators: POINT_GROUP_23,
    isAbsent: (h, k, l) => (h + k + l) % 2 !== 0,
    bFactorA2: 20,
    diffractionLimitA: 1.6,
    strength: 0.9,
  },
];

export interface ReflectionClass {
  /** The member of the Laue class that sorts last; equal for all equivalent reflections and Friedel mates. */
  unique: Miller;
  /** A rotation of the point group inverts the index: the structure factor is real in some origin. */
  centric: boolean;
  /** Rotations that leave the index alone: the mean intensity is that many times the average. */
  multiplicity: number;
}

export function classifyReflection(crystal: CrystalForm, [h, k, l]: Miller): ReflectionClass {
  let unique: [number, number, number] = [h, k, l];
  let centric = false;
  let multiplicity = 0;
  for (const [a, b, c, d, e, f, g, i, j] of crystal.operators) {
    const h1 = a * h + b * k + c * l;
    const k1 = d * h + e * k + f * l;
    const l1 = g * h + i * k + j * l;
    if (h1 === h && k1 === k && l1 === l) multiplicity++;
    if (h1 === -h && k1 === -k && l1 === -l) centric = true;
    const sign = h1 > 0 || (h1 === 0 && (k1 > 0 || (k1 === 0 && l1 > 0))) ? 1 : -1;
    const [h2, k2, l2] = [sign * h1, sign * k1, sign * l1];
    const [h0, k0, l0] = unique;
    if (h2 > h0 || (h2 === h0 && (k2 > k0 || (k2 === k0 && l2 > l0)))) unique = [h2, k2, l2];
  }
  return { unique, centric, multiplicity };
}

/**
 * |F|² of a reflection on a scale where the average is 1 at zero angle, without the B factor. Wilson (1949): exponential
 * for acentric, χ² with one degree of freedom for centric reflections. The value hangs on crystal form and unique index
 * alone, so equivalent reflections agree and datasets of different crystals merge.
 */
export function wilsonIntensity(crystal: CrystalForm, index: Miller): number {
  const { unique, centric, multiplicity } = classifyReflection(crystal, index);
  const uniform = (salt: number) =>
    (hashIntegers(crystal.spaceGroupNumber, salt, unique[0], unique[1], unique[2]) + 0.5) / 2 ** 32;
  const exponential = -Math.log(uniform(1));
  if (!centric) return multiplicity * exponential;
  const normal = Math.sqrt(2 * exponential) * Math.cos(2 * Math.PI * uniform(2));
  return multiplicity * normal * normal;
}
