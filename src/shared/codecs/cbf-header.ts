/*
 * The `#` lines of a mini-CBF header (`_array_data.header_convention "PILATUS_1.2"`, up to 1.4): a name and values, between
 * which `# = : , ( )` count as blanks. Whatever the lines do not say, or say in a unit that is not known, is null.
 */

export interface CbfHeader {
  /** "PILATUS 300K" */
  detector: string | null;
  /** "3-0104" */
  serialNumber: string | null;
  /** As the detector wrote it, ISO 8601 in its local time without an offset: "2011-07-14T12:45:19.719" */
  timestamp: string | null;
  pixelSizeXM: number | null;
  pixelSizeYM: number | null;
  sensorMaterial: string | null;
  sensorThicknessM: number | null;
  exposureTimeS: number | null;
  exposurePeriodS: number | null;
  countCutoff: number | null;
  thresholdEv: number | null;
  wavelengthA: number | null;
  detectorDistanceM: number | null;
  /** Pixel coordinates of the direct beam; may lie outside of the image. Null for 0/0, which means "not set". */
  beamXPx: number | null;
  beamYPx: number | null;
  startAngleDeg: number | null;
  angleIncrementDeg: number | null;
  /** "X.CW", "OMEGA", … */
  oscillationAxis: string | null;
  detector2ThetaDeg: number | null;
  /** Every line by its first word, for display: `Threshold_setting` → "9000 eV". */
  lines: ReadonlyMap<string, string>;
}

const LENGTHS_M = new Map([
  ['m', 1],
  ['mm', 1e-3],
  ['um', 1e-6],
]);
const TIMES_S = new Map([
  ['s', 1],
  ['ms', 1e-3],
]);
const ENERGIES_EV = new Map([
  ['eV', 1],
  ['keV', 1e3],
]);
const WAVELENGTHS_A = new Map([['A', 1]]);
const ANGLES_DEG = new Map([
  ['deg.', 1],
  ['deg', 1],
]);
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Longer lines are no header of a detector. */
const MAX_LINE_CHARS = 1000;

/** The text between the two `;` lines behind `_array_data.header_contents`; the whole text when they are not there. */
function headerContents(text: string): string {
  const from = text.indexOf('_array_data.header_contents');
  if (from < 0) return text;
  const opened = text.slice(from).split(/\r?\n;/);
  return opened[1] ?? text.slice(from);
}

function words(line: string): string[] {
  return line.split(/[\s#=:,()]+/).filter((word) => word !== '');
}

function number(word: string | undefined): number | null {
  // Number('') would be 0, Number('0x10') 16.
  if (word === undefined || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(word)) return null;
  const value = Number(word);
  return Number.isFinite(value) ? value : null;
}

/** "2011-07-14T12:45:19.719", or of older software "2008/Jan/25 14:02:11.123". */
function timestamp(line: string): string | null {
  const iso = /^#\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)/.exec(line);
  if (iso) return iso[1]!;
  const old = /^#\s*(\d{4})\/([A-Z][a-z]{2})\/(\d\d)\s+(\d\d:\d\d:\d\d(?:\.\d+)?)/.exec(line);
  const month = old ? MONTHS.indexOf(old[2]!) + 1 : 0;
  return old && month > 0 ? `${old[1]}-${String(month).padStart(2, '0')}-${old[3]}T${old[4]}` : null;
}

/** Never throws: a line that makes no sense is as good as none. */
export function readCbfHeader(text: string): CbfHeader {
  const values = new Map<string, string[]>();
  const lines = new Map<string, string>();
  let time: string | null = null;
  let sensor: string[] = [];
  for (const line of headerContents(text).split(/\r?\n/)) {
    if (!line.startsWith('#') || line.length > MAX_LINE_CHARS) continue;
    time ??= timestamp(line);
    const [name, ...rest] = words(line);
    if (name === undefined || values.has(name)) continue;
    values.set(name, rest);
    lines.set(
      name,
      line
        .slice(line.indexOf(name) + name.length)
        .replace(/^[\s=:,]+/, '')
        .trim(),
    );
    if (rest[0] === 'sensor') sensor = [name, ...rest];
  }

  const plain = (name: string, index = 0) => number(values.get(name)?.[index]);
  const quantity = (name: string, units: ReadonlyMap<string, number>, index = 0) => {
    const given = values.get(name);
    const factor = units.get(given?.[index + 1] ?? '');
    const value = number(given?.[index]);
    return value === null || factor === undefined ? null : value * factor;
  };
  const positive = (value: number | null) => (value !== null && value > 0 ? value : null);

  const thickness = sensor.indexOf('thickness');
  const thicknessFactor = LENGTHS_M.get(sensor[thickness + 2] ?? '');
  const [beamX, beamY] = [plain('Beam_xy', 0), plain('Beam_xy', 1)];
  const centreKnown = beamX !== null && beamY !== null && (beamX !== 0 || beamY !== 0);
  const detector = /^(.*?)(?:,?\s*S\/N\s+([^\s,]+).*)?$/.exec(lines.get('Detector') ?? '');
  return {
    detector: detector?.[1] || null,
    serialNumber: detector?.[2] ?? null,
    timestamp: time,
    pixelSizeXM: positive(quantity('Pixel_size', LENGTHS_M)),
    pixelSizeYM: positive(quantity('Pixel_size', LENGTHS_M, 3)),
    sensorMaterial: sensor[0] ?? null,
    sensorThicknessM:
      thickness < 0 || thicknessFactor === undefined
        ? null
        : positive((number(sensor[thickness + 1]) ?? 0) * thicknessFactor),
    exposureTimeS: quantity('Exposure_time', TIMES_S),
    exposurePeriodS: quantity('Exposure_period', TIMES_S),
    countCutoff: positive(plain('Count_cutoff')),
    thresholdEv: positive(quantity('Threshold_setting', ENERGIES_EV)),
    wavelengthA: positive(quantity('Wavelength', WAVELENGTHS_A)),
    detectorDistanceM: positive(quantity('Detector_distance', LENGTHS_M)),
    beamXPx: centreKnown ? beamX : null,
    beamYPx: centreKnown ? beamY : null,
    startAngleDeg: quantity('Start_angle', ANGLES_DEG),
    angleIncrementDeg: quantity('Angle_increment', ANGLES_DEG),
    oscillationAxis: values.get('Oscillation_axis')?.join(' ') || null,
    detector2ThetaDeg: quantity('Detector_2theta', ANGLES_DEG),
    lines,
  };
}
