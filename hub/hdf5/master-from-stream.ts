import type { StreamStart } from '#src/shared/model/stream.ts';
import type { ChannelLayout } from './data-file.ts';
import type { MasterInput } from './master-input.ts';

/** What the stream's start does not know; the caller adds what the series, the experiment and the facility know. */
export type SeriesKnowledge = Pick<
  MasterInput,
  | 'fileName'
  | 'framesPerFile'
  | 'dataFiles'
  | 'imagesReceived'
  | 'startTime'
  | 'endTime'
  | 'sourceName'
  | 'sourceShortName'
  | 'instrumentName'
  | 'instrumentShortName'
  | 'sampleName'
  | 'rotationAxisMcStas'
> & {
  /** Layouts as found in the images, first channel first. */
  channels: readonly ChannelLayout[];
};

/**
 * Master input from the start message of a SIMPLON Stream V2 series. A beam centre of exactly 0/0 and a distance of 0 are
 * what detectors send when nobody configured them, so both count as unknown. The keys of `user_data` are those the
 * detector maker's own file writer understands; what the caller knows goes first. Its `omega_rotation_axis` is not taken:
 * nothing says in which frame it is given, and a wrong axis costs the indexing; the caller may know better.
 */
export function masterInputFromStream(start: StreamStart, known: SeriesKnowledge): MasterInput {
  const user = userFields(start.userData);
  const beamCenterKnown = Boolean(start.beamCenterXPx) || Boolean(start.beamCenterYPx);
  const distanceM = start.detectorDistanceM || start.detectorTranslationM?.[2] || undefined;
  return {
    ...known,
    channels: known.channels.map((layout) => ({
      ...layout,
      thresholdEnergyEv: start.thresholdsEv[layout.name],
      pixelMask: start.pixelMasks.get(layout.name),
      flatfield: start.flatfields.get(layout.name),
    })),
    imagesExpected: start.numberOfImages ?? undefined,
    startTime: known.startTime ?? utcTime(start.armDate),
    sourceName: known.sourceName ?? user.text('source_name'),
    sourceShortName: known.sourceShortName ?? user.text('source_name_short'),
    instrumentName: known.instrumentName ?? user.text('instrument_name'),
    instrumentShortName: known.instrumentShortName ?? user.text('instrument_name_short'),
    sampleName: known.sampleName ?? user.text('sample_name'),
    wavelengthA: start.wavelengthA ?? undefined,
    photonEnergyEv: start.energyEv ?? undefined,
    totalFluxHz: user.number('total_flux'),
    detectorDescription: start.detectorDescription ?? undefined,
    detectorSerialNumber: start.detectorSerialNumber ?? undefined,
    sensorMaterial: start.sensorMaterial ?? undefined,
    sensorThicknessM: start.sensorThicknessM ?? undefined,
    pixelSizeXM: start.pixelSizeXM ?? undefined,
    pixelSizeYM: start.pixelSizeYM ?? undefined,
    beamCenterXPx: beamCenterKnown ? (start.beamCenterXPx ?? undefined) : undefined,
    beamCenterYPx: beamCenterKnown ? (start.beamCenterYPx ?? undefined) : undefined,
    distanceM,
    countTimeS: start.countTimeS ?? undefined,
    frameTimeS: start.frameTimeS ?? undefined,
    saturationValue: start.saturationValue ?? undefined,
    pixelMaskApplied: start.pixelMaskEnabled ?? undefined,
    flatfieldApplied: start.flatfieldEnabled ?? undefined,
    countrateCorrectionApplied: start.countrateCorrectionEnabled ?? undefined,
    virtualPixelInterpolationApplied: start.virtualPixelInterpolationEnabled ?? undefined,
    countrateCorrectionTable:
      start.countrateCorrectionTable?.filter === 'none' ? start.countrateCorrectionTable : undefined,
    goniometer: start.goniometer,
    detectorSpecific: {
      series_id: start.seriesId,
      series_unique_id: start.seriesUniqueId,
      ...(start.userData === null ? {} : { user_data: JSON.stringify(start.userData) }),
    },
  };
}

/** NXmx wants UTC with a Z. Without an offset the moment is not known, and nothing is written. */
function utcTime(date: string | null): string | undefined {
  if (date === null || !/(?:Z|[+-]\d\d:?\d\d)$/.test(date)) return undefined;
  const milliseconds = Date.parse(date);
  return Number.isNaN(milliseconds) ? undefined : new Date(milliseconds).toISOString();
}

function userFields(userData: StreamStart['userData']) {
  const fields: Record<string, unknown> =
    typeof userData === 'object' && userData !== null && !Array.isArray(userData) ? { ...userData } : {};
  return {
    text(key: string): string | undefined {
      const value = fields[key];
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
    number(key: string): number | undefined {
      const value = fields[key];
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    },
  };
}
