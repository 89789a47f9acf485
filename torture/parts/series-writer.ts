import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ToldSeries } from '#hub/testing/told-series.ts';
import { encodeMiniCbf } from '#src/shared/codecs/cbf-encode.ts';
import type { FileEntry } from '../judge/ledger.ts';
import type { Landing } from './landing.ts';
import type { Fate, HandedOver, HandOver, Source } from './source.ts';

const SIZE = 48;
const md5Base64 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('base64');

const FILE_FATES: Readonly<Record<Fate, FileEntry['fate']>> = {
  stored: 'stored',
  held: 'held',
  'given-up': 'left-out',
};

/** A detector that writes its frames into a folder, one CBF file each; nothing of it can be lost on the way to the agent. */
export class SeriesWriter implements Source {
  private readonly landing: Landing;
  private isClosed = false;

  constructor(landing: Landing) {
    this.landing = landing;
  }

  toml(): string {
    return '';
  }

  async handOver(series: ToldSeries, { places, before, to = series.frames }: HandOver): Promise<HandedOver> {
    const entries: FileEntry[] = [];
    const beginMs = performance.now();
    for (let frame = 0; frame < to && !this.isClosed; frame++) {
      await before?.(frame);
      const pixels = Int32Array.from({ length: SIZE * SIZE }, (_, pixel) => (pixel * 31 + frame * 17) % 509);
      // Their names follow from the series alone, so that the same prefix means the same files.
      const name = `${series.prefix}_${String(frame + 1).padStart(5, '0')}.cbf`;
      const bytes = encodeMiniCbf({ rows: SIZE, columns: SIZE, pixels }, md5Base64);
      entries.push(this.landing.put(name, bytes, { places }));
      await sleep(Math.max(0, beginMs + ((frame + 1) * 1000) / series.rateHz - performance.now()));
    }
    return new HandedFiles(entries);
  }

  close(): void {
    this.isClosed = true;
  }
}

class HandedFiles implements HandedOver {
  private readonly entries: readonly FileEntry[];

  constructor(entries: readonly FileEntry[]) {
    this.entries = entries;
  }

  set fate(fate: Fate) {
    for (const entry of this.entries) entry.fate = FILE_FATES[fate];
  }

  /** Of files nothing may be missing, whatever was killed. */
  mayLack(): void {}
}
