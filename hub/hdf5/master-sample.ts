import {
  type AxisMotion,
  GONIOMETER_AXES,
  type GoniometerAxis,
  type MasterInput,
  masterRows,
} from './master-input.ts';
import { dataset, type GroupNode, group, type LinkNode, scalar, text, vector } from './tree-nodes.ts';

const DEGREE = { units: text('degree') };
const MCSTAS_HORIZONTAL_AXIS = [-1, 0, 0] as const;

/**
 * `/entry/sample` of NXmx: angles per image in `goniometer`, and the scan axis as a transformation for readers that
 * follow `depends_on`. Directions of the other axes differ from beamline to beamline and are not in the stream, so they
 * are recorded but not part of the chain. Without any goniometer there is no `depends_on`: readers see stills.
 */
export function buildSample(input: MasterInput): GroupNode {
  const sampleAxes = GONIOMETER_AXES.filter((axis) => axis !== 'two_theta');
  const goniometer = axisGroup('NXtransformations', sampleAxes, input);
  const scanAxis = sampleAxes.find((axis) => isMoving(input.goniometer?.[axis])) ?? knownAxis('omega', input);
  return group('NXsample', {
    name: input.sampleName === undefined ? undefined : dataset(text(input.sampleName)),
    goniometer,
    ...(scanAxis === undefined ? {} : scanTransformation(scanAxis, input.goniometer![scanAxis]!, input)),
  });
}

/** Angle of the detector arm, where it is known. */
export function buildDetectorGoniometer(input: MasterInput): GroupNode | undefined {
  return axisGroup('NXtransformations', ['two_theta'], input);
}

function isMoving(motion: AxisMotion | undefined): boolean {
  return motion !== undefined && motion.incrementDeg !== 0;
}

function knownAxis(axis: GoniometerAxis, input: MasterInput): GoniometerAxis | undefined {
  return input.goniometer?.[axis] === undefined ? undefined : axis;
}

function axisGroup(
  nxClass: string,
  axes: readonly GoniometerAxis[],
  input: MasterInput,
): GroupNode | undefined {
  const rows = masterRows(input);
  const links: Record<string, LinkNode> = {};
  for (const axis of axes) {
    const motion = input.goniometer?.[axis];
    if (motion === undefined) continue;
    const angles = imageAngles(motion, rows);
    links[axis] = dataset(vector('f8', angles.start), DEGREE);
    links[`${axis}_end`] = dataset(vector('f8', angles.end), DEGREE);
    links[`${axis}_start`] = dataset(scalar('f8', motion.startDeg), DEGREE);
    links[`${axis}_increment`] = dataset(scalar('f8', motion.incrementDeg), DEGREE);
    links[`${axis}_range_average`] = dataset(scalar('f8', motion.incrementDeg), DEGREE);
    links[`${axis}_range_total`] = dataset(scalar('f8', motion.incrementDeg * rows), DEGREE);
  }
  return Object.keys(links).length === 0 ? undefined : group(nxClass, links);
}

/**
 * DIALS refuses a scan of negative width (dxtbx `Scan`), so an axis that turns backwards is written as the opposite axis
 * with opposite angles: the same rotation. The motor's own angles are those in `goniometer`.
 */
function scanTransformation(
  axis: GoniometerAxis,
  motion: AxisMotion,
  input: MasterInput,
): Record<string, LinkNode> {
  const rows = masterRows(input);
  const sign = motion.incrementDeg < 0 ? -1 : 1;
  const incrementDeg = sign * motion.incrementDeg;
  const angles = imageAngles({ startDeg: sign * motion.startDeg, incrementDeg }, rows);
  const direction = input.rotationAxisMcStas ?? MCSTAS_HORIZONTAL_AXIS;
  const axisAttributes = {
    ...DEGREE,
    transformation_type: text('rotation'),
    vector: vector(
      'f8',
      direction.map((component) => sign * component),
    ),
    depends_on: text('.'),
  };
  return {
    depends_on: dataset(text(`/entry/sample/transformations/${axis}`)),
    transformations: group('NXtransformations', {
      [axis]: dataset(vector('f8', angles.start), axisAttributes),
      [`${axis}_end`]: dataset(vector('f8', angles.end), DEGREE),
      [`${axis}_increment_set`]: dataset(vector('f8', new Array<number>(rows).fill(incrementDeg)), DEGREE),
    }),
  };
}

/** Angle at the start and at the end of every image; multiplied, not summed up, so that rounding does not grow. */
function imageAngles(motion: AxisMotion, rows: number): { start: number[]; end: number[] } {
  const start = Array.from({ length: rows }, (_, row) => motion.startDeg + row * motion.incrementDeg);
  const end = Array.from({ length: rows }, (_, row) => motion.startDeg + (row + 1) * motion.incrementDeg);
  return { start, end };
}
