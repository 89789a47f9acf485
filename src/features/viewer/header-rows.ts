import type { Channel, Geometry } from '#src/shared/contracts/geometry.ts';

export interface HeaderRow {
  name: string;
  value: string;
}

const figure = (value: number, digits = 6) => String(Number(value.toPrecision(digits)));

/** What is known of the measurement, in the words and units of a beamline; what the source did not say is left out. */
export function headerRows(geometry: Geometry, channels: readonly Channel[]): HeaderRow[] {
  const g = geometry;
  const rows: [string, string | null | undefined][] = [
    ['detector', g.detectorDescription],
    ['serial number', g.detectorSerialNumber],
    ['image', `${g.imageSizeXPx} × ${g.imageSizeYPx} px (fast × slow)`],
    [
      'pixel size',
      g.pixelSizeXM && g.pixelSizeYM
        ? `${figure(g.pixelSizeXM * 1e6)} × ${figure(g.pixelSizeYM * 1e6)} µm`
        : null,
    ],
    ['distance', g.detectorDistanceM ? `${figure(g.detectorDistanceM * 1000)} mm` : null],
    [
      'beam centre',
      g.beamCenterXPx != null && g.beamCenterYPx != null
        ? `${figure(g.beamCenterXPx)}, ${figure(g.beamCenterYPx)} px`
        : null,
    ],
    ['wavelength', g.wavelengthA ? `${figure(g.wavelengthA)} Å` : null],
    ['energy', g.energyEv ? `${figure(g.energyEv, 7)} eV` : null],
    ['exposure', g.countTimeS != null ? `${figure(g.countTimeS * 1000)} ms` : null],
    ['frame time', g.frameTimeS != null ? `${figure(g.frameTimeS * 1000)} ms` : null],
    ['omega start', g.omegaStartDeg != null ? `${figure(g.omegaStartDeg)}°` : null],
    ['omega per frame', g.omegaIncrementDeg != null ? `${figure(g.omegaIncrementDeg)}°` : null],
    ['saturation', g.saturationValue != null ? `${figure(g.saturationValue, 10)} counts` : null],
    [
      'sensor',
      g.sensorMaterial || g.sensorThicknessM
        ? [g.sensorMaterial, g.sensorThicknessM ? `${figure(g.sensorThicknessM * 1e6)} µm` : null]
            .filter(Boolean)
            .join(', ')
        : null,
    ],
    ...Object.entries(g.thresholdsEv ?? {}).map(([name, ev]): [string, string] => [
      name.replaceAll('_', ' '),
      `${figure(ev, 7)} eV`,
    ]),
    ...channels.map(({ name, dtype, filter }): [string, string] => [
      `channel ${name}`,
      `${dtype}, ${filter}`,
    ]),
  ];
  return rows.flatMap(([name, value]) => (value ? [{ name, value }] : []));
}

/** Whatever else came with the series, one row per value, named by its path: `user.plate.well`. */
export function otherRows(data: unknown, path = '', most = 200): HeaderRow[] {
  if (data === null || data === undefined) return [];
  if (typeof data !== 'object') return [{ name: path || 'value', value: String(data) }];
  const rows: HeaderRow[] = [];
  for (const [key, value] of Object.entries(data)) {
    if (rows.length >= most) break;
    rows.push(...otherRows(value, path ? `${path}.${key}` : key, most - rows.length));
  }
  return rows;
}
