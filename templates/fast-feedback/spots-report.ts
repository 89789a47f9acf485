import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type FrameSpot,
  MAX_SPOTS_FILE_BYTES,
  packSpots,
  SPOT_BYTES,
  SPOTS_ENTRY_BYTES,
  spotsPartsOf,
  writeSpotsFile,
} from '#src/shared/codecs/spots-file.ts';
import type { FrameAnalysis } from './analyse-frame.ts';
import type { Spot } from './find-spots.ts';
import { SPOTS_OUTPUT } from './template.ts';

/** A part that goes on is written anew with every report: so large at most. */
const PART_BYTES = 192 * 1024;
const PART_FRAMES = 1000;

const frameSpot = ({ x, y, intensity, box }: Spot, kind: FrameSpot['kind']): FrameSpot => ({
  ...{ fast: x, slow: y, intensity, hkl: null, kind, box },
});

/** The spots of the frames looked at so far, as they are stored. */
export class SpotsKept {
  private readonly frames = new Map<number, Uint8Array>();
  private readonly mostBytes: number;
  private fresh = new Set<number>();
  private bytes = 0;
  /** Frames that had no room any more. */
  readonly omitted = new Set<number>();

  constructor(mostBytes = MAX_SPOTS_FILE_BYTES) {
    this.mostBytes = mostBytes;
  }

  add({ result: { frame }, spots, ice }: FrameAnalysis): void {
    this.drop(frame);
    const all = [
      ...spots.map((spot) => frameSpot(spot, 'found')),
      ...ice.map((spot) => frameSpot(spot, 'ice')),
    ];
    const packed = packSpots(all, SPOT_BYTES.plain);
    if (this.bytes + packed.length + SPOTS_ENTRY_BYTES > this.mostBytes) {
      this.omitted.add(frame);
      return;
    }
    this.bytes += packed.length + SPOTS_ENTRY_BYTES;
    this.frames.set(frame, packed);
    this.fresh.add(frame);
  }

  drop(frame: number): void {
    const known = this.frames.get(frame);
    if (known) this.bytes -= known.length + SPOTS_ENTRY_BYTES;
    this.frames.delete(frame);
    this.fresh.delete(frame);
    this.omitted.delete(frame);
  }

  keepOnly(frames: ReadonlySet<number>): void {
    for (const frame of [...this.frames.keys(), ...this.omitted]) if (!frames.has(frame)) this.drop(frame);
  }

  /** Those that came since they were asked for last. */
  takeFresh(): number[] {
    const fresh = [...this.fresh];
    this.fresh = new Set();
    return fresh;
  }

  /** @param frames 0-based; without it all */
  file(frames: Iterable<number> = this.frames.keys()): Uint8Array {
    const chosen = new Map<number, Uint8Array>();
    for (const frame of frames) {
      const packed = this.frames.get(frame);
      if (packed) chosen.set(frame + 1, packed);
    }
    return writeSpotsFile(chosen, SPOT_BYTES.plain);
  }
}

/** Spots as files: in parts while the job goes on, of which only the last is written again, and as one in the end. */
export class SpotsReport {
  private readonly outDir: string;
  private readonly partsDir: string;
  private readonly tmpPath: string;
  private of: SpotsKept | null = null;
  private part = 1;
  private open: number[] = [];

  /** @param workDir on the same disk, where nobody looks for results */
  constructor(outDir: string, workDir: string) {
    this.tmpPath = join(workDir, 'spots.tmp');
    this.outDir = outDir;
    this.partsDir = join(outDir, spotsPartsOf(SPOTS_OUTPUT));
  }

  async tell(kept: SpotsKept): Promise<void> {
    if (this.of !== kept) {
      // All frames are looked at again: what was found before is not true any more.
      await rm(this.partsDir, { recursive: true, force: true });
      await mkdir(this.partsDir, { recursive: true });
      this.of = kept;
      this.part = 1;
      this.open = [];
    }
    const fresh = kept.takeFresh();
    if (fresh.length === 0) return;
    this.open.push(...fresh);
    const file = kept.file(this.open);
    await this.write(join(this.partsDir, `${String(this.part).padStart(6, '0')}.spots`), file);
    if (file.length < PART_BYTES && this.open.length < PART_FRAMES) return;
    this.part++;
    this.open = [];
  }

  async conclude(kept: SpotsKept): Promise<void> {
    await this.write(join(this.outDir, SPOTS_OUTPUT), kept.file());
    await rm(this.partsDir, { recursive: true, force: true });
  }

  /** Readers look at any moment: a file appears whole or not at all. */
  private async write(path: string, bytes: Uint8Array): Promise<void> {
    await writeFile(this.tmpPath, bytes);
    await rename(this.tmpPath, path);
  }
}
