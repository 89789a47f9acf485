import { encodeBslz4 } from '#src/shared/codecs/bslz4.ts';
import { encodeStreamV2End, encodeStreamV2Image, encodeStreamV2Start } from '#src/shared/codecs/stream-v2.ts';
import { rewriteStreamIds } from '#src/shared/codecs/stream-v2-rewrite.ts';
import { byteLength, dtypeMax } from '#src/shared/model/dtype.ts';
import type { StreamImage, StreamImageArray } from '#src/shared/model/stream.ts';
import { type BackgroundMaps, makeBackground } from './background-model.ts';
import type { PlannedSeries } from './beamline-programme.ts';
import { type DetectorDefects, makeDetectorDefects } from './detector-models.ts';
import { deriveChannels } from './energy-channels.ts';
import { type FramePixels, FrameRenderer } from './frame-renderer.ts';
import { BackgroundSampler } from './poisson-sampler.ts';
import { RandomSource } from './random-source.ts';
import { type ExperimentGeometry, HC_EV_ANGSTROM, listSpots, randomRotation } from './rotation-geometry.ts';
import type { SimulatorOptions } from './simulator-options.ts';

/** SIMPLON's clock of image times. */
const TICKS_PER_S = 50_000_000;
/** Spots are at least this wide (σ): charge spreads over neighbouring pixels. */
const MIN_SPOT_SIGMA_PX = 0.5;
const BEAM_DIVERGENCE_DEG = 0.025;
/** The detector is never quite centred on the beam. */
const BEAM_OFFSET_PX = { x: 7.3, y: -11.8 };
const DEVICE_SEED = 20_261_120;
/** The second threshold lies above the beam's energy and sees only the higher harmonic. */
const SECOND_THRESHOLD = 1.5;
const JUNGFRAUJOCH_CHANNEL = 'default';
/** Pixels with more belong to spots. */
const BACKGROUND_MAX_COUNTS = 20;
/** Of each frame's time the detector spends this much reading out. */
const READOUT_S = 1e-7;

/** What is the same for all series of a detector, made once. */
export class SimulatedDetector {
  readonly options: SimulatorOptions;
  readonly defects: DetectorDefects;
  readonly background: BackgroundMaps;
  readonly sampler: BackgroundSampler;
  readonly channels: readonly string[];
  readonly frameTimeS: number;
  readonly countTimeS: number;
  readonly saturationValue: number;

  constructor(options: SimulatorOptions) {
    this.options = options;
    // The defects belong to the device, not to the seed of the day.
    this.defects = makeDetectorDefects(options.detector, DEVICE_SEED);
    this.background = makeBackground(this.geometry(0), options.backgroundCounts);
    this.sampler = new BackgroundSampler(this.background.meanCounts, new RandomSource(DEVICE_SEED, 1));
    this.channels = [options.detector.channel, 'threshold_2', 'difference'].slice(0, options.channelCount);
    this.frameTimeS = 1 / options.rateHz;
    this.countTimeS = Math.max(this.frameTimeS - READOUT_S, this.frameTimeS / 2);
    const typeLimit = Number(dtypeMax(options.dtype)) - 2;
    const rateLimit = Math.round(options.detector.maxCountsPerS * this.countTimeS);
    this.saturationValue = Math.max(255, Math.min(typeLimit, rateLimit));
  }

  geometry(omegaStartDeg: number): ExperimentGeometry {
    const { detector, distanceM, energyEv, oscillationDeg, framesPerSeries } = this.options;
    return {
      wavelengthA: HC_EV_ANGSTROM / energyEv,
      distanceM,
      pixelSizeM: detector.pixelSizeM,
      columns: detector.columns,
      rows: detector.rows,
      beamCenterXPx: detector.columns / 2 + BEAM_OFFSET_PX.x,
      beamCenterYPx: detector.rows / 2 + BEAM_OFFSET_PX.y,
      omegaStartDeg,
      oscillationDeg,
      frames: framesPerSeries,
    };
  }
}

export interface SeriesIds {
  seriesId: number;
  seriesUniqueId: string;
  /** ISO time of the start. */
  armDate: string;
}

/** The messages of one series, made one by one so that memory holds one frame at a time. */
export class SimulatedSeries {
  readonly spotCount: number;
  private readonly detector: SimulatedDetector;
  private readonly plan: PlannedSeries;
  private readonly ids: SeriesIds;
  private readonly geometry: ExperimentGeometry;
  private readonly renderer: FrameRenderer;
  /** Load mode: whole messages, sent again with other image ids. */
  private readonly prerendered: Uint8Array[] = [];

  constructor(detector: SimulatedDetector, plan: PlannedSeries, ids: SeriesIds) {
    const { options } = detector;
    this.detector = detector;
    this.plan = plan;
    this.ids = ids;
    const prerender = Math.min(options.prerenderedFrames, options.framesPerSeries);
    this.geometry = {
      ...detector.geometry(plan.omegaStartDeg),
      // In load mode only the frames that are rendered need spots, however long the series is.
      frames: prerender > 0 ? prerender : options.framesPerSeries,
    };
    const spots = listSpots({
      crystal: plan.crystal,
      orientation: randomRotation(new RandomSource(plan.orientationSeed)),
      geometry: this.geometry,
      mosaicityDeg: options.mosaicityDeg,
      countsPerReflection: options.countsPerReflection,
    });
    this.spotCount = spots.count;
    const divergencePx =
      (Math.tan((BEAM_DIVERGENCE_DEG * Math.PI) / 180) * options.distanceM) / options.detector.pixelSizeM;
    this.renderer = new FrameRenderer({
      geometry: this.geometry,
      spots,
      background: detector.background,
      sampler: detector.sampler,
      defects: detector.defects,
      dtype: options.dtype,
      saturationValue: detector.saturationValue,
      spotSigmaPx: Math.hypot(MIN_SPOT_SIGMA_PX, divergencePx),
      decayPerFrame: options.decayPerFrame,
      seed: plan.noiseSeed,
    });
    for (let frame = 0; frame < prerender; frame++) this.prerendered.push(this.renderImage(frame));
  }

  start(): Uint8Array {
    const { options, channels, defects, frameTimeS, countTimeS, saturationValue } = this.detector;
    const { detector } = options;
    const { crystal } = this.plan;
    const [a, b, c] = crystal.cellA;
    const [alpha, beta, gamma] = crystal.cellAnglesDeg;
    const mask: StreamImageArray = {
      dtype: 'u4',
      shape: [detector.rows, detector.columns],
      filter: 'bslz4',
      elementSize: 4,
      bytes: encodeBslz4(new Uint8Array(defects.mask.buffer), 4),
    };
    const still = { startDeg: 0, incrementDeg: 0 };
    return encodeStreamV2Start({
      ...this.ids,
      channels,
      numberOfImages: options.framesPerSeries,
      imageSizeX: detector.columns,
      imageSizeY: detector.rows,
      imageDtype: options.dtype,
      beamCenterXPx: this.geometry.beamCenterXPx,
      beamCenterYPx: this.geometry.beamCenterYPx,
      detectorTranslationM: [0, 0, options.distanceM],
      detectorDescription: detector.description,
      detectorSerialNumber: detector.serialNumber,
      energyEv: options.energyEv,
      wavelengthA: this.geometry.wavelengthA,
      countTimeS,
      frameTimeS,
      pixelSizeXM: detector.pixelSizeM,
      pixelSizeYM: detector.pixelSizeM,
      sensorMaterial: 'Si',
      sensorThicknessM: detector.sensorThicknessM,
      saturationValue,
      goniometer: {
        chi: still,
        kappa: still,
        omega: { startDeg: this.plan.omegaStartDeg, incrementDeg: options.oscillationDeg },
        phi: still,
        two_theta: still,
      },
      thresholdsEv: Object.fromEntries(
        channels.slice(0, 2).map((name, i) => [name, options.energyEv * (i === 0 ? 0.5 : SECOND_THRESHOLD)]),
      ),
      pixelMasks: new Map(channels.map((name) => [name, mask])),
      pixelMaskEnabled: true,
      flatfieldEnabled: false,
      countrateCorrectionEnabled: true,
      virtualPixelInterpolationEnabled: false,
      userData: {
        file_prefix: this.plan.filePrefix,
        sample_name: this.plan.sampleName,
        puck: this.plan.puck,
        position: this.plan.position,
        run: this.plan.run,
        crystal: crystal.name,
        space_group_number: crystal.spaceGroupNumber,
        unit_cell: { a, b, c, alpha, beta, gamma },
        simulated: true,
      },
    });
  }

  private renderImage(frame: number): Uint8Array {
    const { options, channels, defects, frameTimeS, countTimeS } = this.detector;
    const { detector, dtype } = options;
    const elementSize = byteLength(dtype);
    const pixels = this.renderer.render(frame);
    const random = new RandomSource(this.plan.noiseSeed, -1 - frame);
    const images = deriveChannels(pixels, channels.length, defects.mask, random);
    const arrays = channels.map((name, i): [string, StreamImageArray] => [
      name,
      {
        dtype,
        shape: [detector.rows, detector.columns],
        filter: 'bslz4',
        elementSize,
        bytes: encodeBslz4(new Uint8Array(images[i]!.buffer), elementSize),
      },
    ]);
    const ticks = (seconds: number) => ({
      numerator: Math.round(seconds * TICKS_PER_S),
      denominator: TICKS_PER_S,
    });
    return encodeStreamV2Image({
      ...this.ids,
      imageId: frame,
      channels: new Map(arrays),
      startTime: ticks(frame * frameTimeS),
      stopTime: ticks(frame * frameTimeS + countTimeS),
      realTime: ticks(countTimeS),
      seriesDate: this.ids.armDate,
      // Jungfraujoch looks for spots while it receives; SIMPLON does not.
      values: detector.channel === JUNGFRAUJOCH_CHANNEL ? this.foundIn(frame, pixels) : {},
    });
  }

  private foundIn(frame: number, pixels: FramePixels): StreamImage['values'] {
    let sum = 0;
    let count = 0;
    for (const value of pixels) {
      if (value < 0 || value > BACKGROUND_MAX_COUNTS) continue;
      sum += value;
      count++;
    }
    const spots = this.renderer.visibleSpots(frame);
    return count > 0 ? { spots, background: sum / count } : { spots };
  }

  image(frame: number): Uint8Array {
    const ready = this.prerendered;
    if (ready.length === 0) return this.renderImage(frame);
    return rewriteStreamIds(ready[frame % ready.length]!, { imageId: frame }, Buffer.allocUnsafe);
  }

  end(): Uint8Array {
    const { seriesId, seriesUniqueId } = this.ids;
    return encodeStreamV2End({ seriesId, seriesUniqueId });
  }
}
