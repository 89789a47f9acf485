import { isDeepStrictEqual } from 'node:util';
import type { Channel, Geometry } from '#src/shared/contracts/geometry.ts';
import type { JobDataset } from '#src/shared/contracts/job-run.ts';
import {
  countUnlocated,
  FrameReader,
  listStoredFrames,
  readMask,
  type StoredFrame,
} from '../lib/frame-reader.ts';
import { FrameAnalyser } from './analyse-frame.ts';
import { mapDetector } from './detector-map.ts';
import type { SpotSettings } from './find-spots.ts';
import { FrameQueue } from './frame-queue.ts';
import { SeriesSummary } from './series-summary.ts';
import { SpotsKept } from './spots-report.ts';

export interface LookSettings extends SpotSettings {
  maxFrames: number;
  lowResolutionA: number;
  hitSpots: number;
}

/** After this many frames that cannot be read, each further one is only counted. */
const FAULTS_TOLD = 20;

/** Which `most` of so many items are spread evenly, first and last among them; ascending. */
function spreadPlaces(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, k) => k);
  if (most === 1) return [0];
  return Array.from({ length: most }, (_, k) => Math.round((k * (count - 1)) / (most - 1)));
}

/**
 * Which of the stored frames are to be looked at. While more are to come, those that will be when all have: by the number that was announced.
 */
export function chosenFrames(
  stored: readonly StoredFrame[],
  dataset: Pick<JobDataset, 'isReceiving' | 'framesExpected'>,
  most: number,
): StoredFrame[] {
  const { isReceiving, framesExpected } = dataset;
  if (isReceiving && framesExpected !== null && framesExpected > most) {
    const wanted = new Set(spreadPlaces(framesExpected, most));
    return stored.filter(({ frame }) => wanted.has(frame));
  }
  return spreadPlaces(stored.length, most).map((place) => stored[place]!);
}

const isSamePlace = (a: StoredFrame, b: StoredFrame) =>
  a.path === b.path && a.version === b.version && a.offset === b.offset && a.sizeBytes === b.sizeBytes;

interface Basis {
  channel: Channel;
  geometry: Geometry;
  mask: Uint8Array | null;
}

/**
 * Looks at the frames of a dataset as they become known. Whatever came first, when nothing waits any more it says what one look at all of them
 * together would.
 */
export class SeriesLook {
  private readonly settings: LookSettings;
  private readonly treeDir: string;
  private readonly say: (line: string) => void;
  private readonly queue = new FrameQueue();
  /** As they were when they were put into the queue. */
  private known = new Map<number, StoredFrame>();
  private dataset: JobDataset;
  private basis: Basis;
  /** What the mask was read from; another one is read again. */
  private maskFrom: unknown = null;
  private analyser: FrameAnalyser;
  private reader: FrameReader;
  summary: SeriesSummary;
  /** Another one when all frames are looked at again. */
  spots = new SpotsKept();
  withoutResolution: string | null = null;
  /** Frames of the dataset that are stored and can be found, so far. */
  storedFrames = 0;

  private constructor(
    treeDir: string,
    settings: LookSettings,
    dataset: JobDataset,
    say: (line: string) => void,
  ) {
    const channel = dataset.channels[0];
    if (!channel) throw new Error('The dataset has no channel to look at.');
    this.treeDir = treeDir;
    this.settings = settings;
    this.say = say;
    this.dataset = dataset;
    this.basis = { channel, geometry: dataset.geometry, mask: null };
    ({ analyser: this.analyser, summary: this.summary, reader: this.reader } = this.begin());
  }

  static async begin(
    treeDir: string,
    settings: LookSettings,
    dataset: JobDataset,
    say: (line: string) => void,
  ): Promise<SeriesLook> {
    const look = new SeriesLook(treeDir, settings, dataset, say);
    await look.learn(dataset);
    look.introduce();
    return look;
  }

  /** Those of the stored frames that are to be looked at. */
  get chosen(): number {
    return this.known.size;
  }

  get looked(): number {
    return Math.min(this.chosen, this.summary.size + this.summary.unreadable.size);
  }

  get channel(): Channel {
    return this.basis.channel;
  }

  /** Takes in how the dataset is now; returns whether there is anything new to look at. */
  async learn(dataset: JobDataset): Promise<boolean> {
    this.dataset = dataset;
    await this.learnBasis(dataset);
    const stored = listStoredFrames(dataset, this.channel.name);
    this.storedFrames = stored.length;
    const chosen = chosenFrames(stored, dataset, this.settings.maxFrames);
    let isNew = false;
    const known = new Map<number, StoredFrame>();
    for (const [place, frame] of chosen.entries()) {
      const before = this.known.get(frame.frame);
      known.set(frame.frame, frame);
      if (before && isSamePlace(before, frame)) continue;
      this.queue.add(place, frame);
      isNew = true;
    }
    this.known = known;
    if (!dataset.isReceiving) {
      this.summary.keepOnly(new Set(known.keys()));
      this.spots.keepOnly(new Set(known.keys()));
      // A tree that was behind the database has them by now.
      for (const frame of this.summary.unreadable) this.queue.add(0, known.get(frame)!);
    }
    return isNew;
  }

  /** Looks at the frame whose turn it is; false when none waits. */
  async lookAtNext(): Promise<boolean> {
    const frame = this.nextWanted();
    if (!frame) return false;
    try {
      const raw = await this.reader.read(frame);
      const analysis = this.analyser.analyse(frame.frame, raw, this.channel.dtype);
      this.summary.add(analysis);
      this.spots.add(analysis);
      const { spots, resolutionA, backgroundMean } = analysis.result;
      const reach = resolutionA === null ? '' : `, ${resolutionA.toFixed(2)} Å`;
      this.say(`frame ${frame.frame + 1}: ${spots} spots${reach}, background ${backgroundMean.toFixed(2)}`);
    } catch (error) {
      // One bad frame must not cost the feedback on all the others; it is told and counted.
      this.summary.addUnreadable(frame.frame);
      this.spots.drop(frame.frame);
      if (this.summary.unreadable.size <= FAULTS_TOLD) {
        const why = error instanceof Error ? error.message : String(error);
        this.say(`frame ${frame.frame + 1} cannot be read: ${why}`);
      }
    }
    return true;
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  /** What waits may have been stored anew, or is wanted no more, since it was put into the queue. */
  private nextWanted(): StoredFrame | null {
    for (let frame = this.queue.next(); frame; frame = this.queue.next()) {
      const known = this.known.get(frame.frame);
      if (known && isSamePlace(known, frame)) return frame;
    }
    return null;
  }

  private begin() {
    const { channel, geometry, mask } = this.basis;
    const { hitSpots, lowResolutionA } = this.settings;
    // The master, and with it the mask, comes last.
    const awaitsMask = mask === null && this.dataset.isReceiving;
    const map = mapDetector(channel.shape, geometry, mask, lowResolutionA);
    this.withoutResolution = map.withoutResolution;
    return {
      analyser: new FrameAnalyser(map, this.settings, geometry.saturationValue ?? null, awaitsMask),
      summary: new SeriesSummary(map, hitSpots),
      reader: new FrameReader(this.treeDir, channel),
    };
  }

  private async learnBasis(dataset: JobDataset): Promise<void> {
    const channel = dataset.channels[0]!;
    const { geometry } = dataset;
    const mask = await this.maskOf(dataset, channel);
    const before = this.basis;
    const isSame =
      isDeepStrictEqual([before.channel, before.geometry], [channel, geometry]) &&
      isDeepStrictEqual(before.mask, mask);
    if (isSame) return;
    this.basis = { channel, geometry, mask };
    const isOnlyMask = isDeepStrictEqual([before.channel, before.geometry], [channel, geometry]);
    if (isOnlyMask && before.mask === null && mask && this.analyser.isSilentAt(mask)) {
      const map = mapDetector(channel.shape, geometry, mask, this.settings.lowResolutionA);
      this.analyser = new FrameAnalyser(map, this.settings, geometry.saturationValue ?? null);
      this.summary.changeCoverage(map);
      return;
    }
    const again = this.summary.size;
    await this.reader.close();
    ({ analyser: this.analyser, summary: this.summary, reader: this.reader } = this.begin());
    this.spots = new SpotsKept();
    this.queue.clear();
    this.known.clear();
    if (again > 0) {
      this.say(
        `${isOnlyMask ? 'The pixel mask came with the master file' : 'What is known of the detector has changed'}: the ${again} frames so far are looked at again.`,
      );
    }
  }

  private async maskOf(dataset: JobDataset, channel: Channel): Promise<Uint8Array | null> {
    const from = { masks: dataset.masks, masterPath: dataset.masterPath, channel };
    if (isDeepStrictEqual(from, this.maskFrom)) return this.basis.mask;
    try {
      const mask = await readMask(this.treeDir, dataset, channel);
      this.maskFrom = from;
      return mask;
    } catch (error) {
      // It may not be in the tree yet: it is tried again, and at last when nothing more comes.
      if (dataset.isReceiving) return this.basis.mask;
      throw error;
    }
  }

  /** What a reader of the log is to know of the dataset. */
  private introduce(): void {
    const { dataset, channel, say } = this;
    const [rows, columns] = channel.shape;
    const more = dataset.isReceiving ? ' so far' : '';
    say(
      `Dataset ${dataset.base}: ${this.storedFrames} frames${more} of ${columns} × ${rows} pixels (${channel.name}, ${channel.dtype}, ${channel.filter}).`,
    );
    if (dataset.channels.length > 1) {
      say(`Of its ${dataset.channels.length} channels the first one, ${channel.name}, is looked at.`);
    }
    if (this.withoutResolution) say(`No resolution can be told. ${this.withoutResolution}`);
  }

  /** What is left out, and by what mask: known when nothing more comes. */
  conclude(): void {
    const { dataset, channel, say } = this;
    const { mask } = this.basis;
    const unlocated = this.unlocated;
    if (unlocated > 0) {
      say(
        `${unlocated} more lie in HDF5 files that another program wrote: where in them cannot be told, so they are not looked at here.`,
      );
    }
    if (this.chosen < this.storedFrames) {
      say(`Of ${this.storedFrames} stored frames ${this.chosen} were to be looked at, spread evenly.`);
    }
    if (mask) say(`Pixel mask: ${mask.reduce((sum, bit) => sum + bit, 0)} pixels left out.`);
    else
      say(
        dataset.isReceiving
          ? 'The pixel mask has not come yet.'
          : `There is no pixel mask of ${channel.name}.`,
      );
  }

  get unlocated(): number {
    return countUnlocated(this.dataset, this.channel.name);
  }
}
