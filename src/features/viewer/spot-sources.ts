import {
  type FrameSpot,
  readSpotsHead,
  readSpotsIndex,
  SPOTS_HEAD_BYTES,
  type SpotBytes,
  type SpotsPlace,
  unpackSpots,
} from '#src/shared/codecs/spots-file.ts';

/** Spots of several frames, as they lie over one picture of these. */
export interface SpotsOfFrames {
  spots: readonly FrameSpot[];
  /** How many of the frames were looked at; of the others nothing is known. */
  looked: number;
}

/** Where spots of frames come from. Frames count from 0 here, as in the viewer. */
export interface SpotSource {
  /** At once, if nothing has to be fetched for it. */
  peek(first: number, count: number): SpotsOfFrames | null;
  load(first: number, count: number): Promise<SpotsOfFrames>;
}

/** The address has become too old, or what it led to is elsewhere: ask for another. */
export class SpotsExpired extends Error {}

/** Head and index of most files. */
const FIRST_BYTES = 64 * 1024;
/** Frames of a stack are fetched together while all of them are no more than this. */
const TOGETHER_BYTES = 2 * 1024 * 1024;
const KEPT_FRAMES = 2000;

const framesFrom = (first: number, count: number) => Array.from({ length: count }, (_, k) => first + k);

function joined(found: readonly (readonly FrameSpot[] | null)[]): SpotsOfFrames {
  return {
    spots: found.flatMap((spots) => spots ?? []),
    looked: found.filter((spots) => spots !== null).length,
  };
}

async function answerOf(url: string, range: string | null): Promise<Response> {
  const answer = await fetch(url, range === null ? {} : { headers: { range } }).catch(() => {
    throw new Error('The server does not answer.');
  });
  // What a run had left so far is gone when it is over.
  if ([401, 403, 404].includes(answer.status)) throw new SpotsExpired('The address has expired.');
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for the spots.`);
  return answer;
}

async function bytesOf(url: string, { offset, sizeBytes }: SpotsPlace): Promise<Uint8Array> {
  const answer = await answerOf(url, `bytes=${offset}-${offset + sizeBytes - 1}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  // Who serves no ranges sends all of it.
  return answer.status === 206 ? bytes : bytes.subarray(offset, offset + sizeBytes);
}

interface Index {
  spotBytes: SpotBytes;
  places: Map<number, SpotsPlace>;
}

/** A file in the store: its index is fetched once, then the range of each frame that is looked at. */
export class StoredSpots implements SpotSource {
  /** Signed, and signed anew now and then. */
  url: string;
  private readonly sizeBytes: number;
  private index: Promise<Index> | null = null;
  private known: Index | null = null;
  private readonly kept = new Map<number, readonly FrameSpot[]>();

  constructor(url: string, sizeBytes: number) {
    this.url = url;
    this.sizeBytes = sizeBytes;
  }

  peek(first: number, count: number): SpotsOfFrames | null {
    const index = this.known;
    if (!index) return null;
    const found = framesFrom(first, count).map((frame) =>
      index.places.has(frame + 1) ? this.kept.get(frame) : null,
    );
    return found.every((spots) => spots !== undefined) ? joined(found) : null;
  }

  async load(first: number, count: number): Promise<SpotsOfFrames> {
    this.index ??= this.readIndex();
    const index = await this.index.catch((fault: unknown) => {
      this.index = null;
      throw fault;
    });
    const wanted = framesFrom(first, count).filter((frame) => index.places.has(frame + 1));
    const missing = wanted.filter((frame) => !this.kept.has(frame));
    const places = missing.map((frame) => index.places.get(frame + 1)!);
    const start = Math.min(...places.map(({ offset }) => offset));
    const end = Math.max(...places.map(({ offset, sizeBytes }) => offset + sizeBytes));
    const fresh = new Map<number, readonly FrameSpot[]>();
    if (places.length > 1 && end > start && end - start <= TOGETHER_BYTES) {
      const bytes = await bytesOf(this.url, { offset: start, sizeBytes: end - start });
      for (const [n, frame] of missing.entries()) {
        const at = places[n]!.offset - start;
        fresh.set(frame, unpackSpots(bytes.subarray(at, at + places[n]!.sizeBytes), index.spotBytes));
      }
    } else {
      await Promise.all(
        missing.map(async (frame, n) => {
          const place = places[n]!;
          // No range has no bytes.
          const bytes = place.sizeBytes === 0 ? new Uint8Array() : await bytesOf(this.url, place);
          fresh.set(frame, unpackSpots(bytes, index.spotBytes));
        }),
      );
    }
    const found = framesFrom(first, count).map((frame) => fresh.get(frame) ?? this.kept.get(frame) ?? null);
    for (const [frame, spots] of fresh) this.keep(frame, spots);
    return joined(found);
  }

  private keep(frame: number, spots: readonly FrameSpot[]): void {
    this.kept.set(frame, spots);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT_FRAMES) break;
      this.kept.delete(oldest);
    }
  }

  private async readIndex(): Promise<Index> {
    if (this.sizeBytes < SPOTS_HEAD_BYTES) throw new Error('The file of spots is empty.');
    const sizeBytes = Math.min(FIRST_BYTES, this.sizeBytes);
    let bytes = await bytesOf(this.url, { offset: 0, sizeBytes });
    const { indexEnd, spotBytes } = readSpotsHead(bytes);
    if (indexEnd > this.sizeBytes) throw new Error('The file of spots ends in the middle of its index.');
    if (indexEnd > bytes.length) bytes = await bytesOf(this.url, { offset: 0, sizeBytes: indexEnd });
    this.known = { spotBytes, places: readSpotsIndex(bytes) };
    return this.known;
  }
}

export interface SpotPart {
  url: string;
  /** Another one when it has changed. */
  mark: string;
}

interface OpenPart extends Index {
  bytes: Uint8Array;
}

/** What a run has left so far: parts are fetched whole, the newest first, until all frames that are asked for are found. */
export class PartSpots implements SpotSource {
  private parts: readonly SpotPart[] = [];
  private readonly opened = new Map<string, Promise<OpenPart>>();
  private readonly known = new Map<string, OpenPart>();

  /** As they are now, in order. */
  setParts(parts: readonly SpotPart[]): void {
    this.parts = parts;
    const marks = new Set(parts.map(({ mark }) => mark));
    for (const mark of this.opened.keys()) {
      if (marks.has(mark)) continue;
      this.opened.delete(mark);
      this.known.delete(mark);
    }
  }

  peek(first: number, count: number): SpotsOfFrames | null {
    const missing = new Set(framesFrom(first, count));
    const found: (readonly FrameSpot[])[] = [];
    for (const { mark } of this.parts.toReversed()) {
      if (missing.size === 0) break;
      const part = this.known.get(mark);
      if (!part) return null;
      this.take(part, missing, found);
    }
    return joined(found);
  }

  async load(first: number, count: number): Promise<SpotsOfFrames> {
    const missing = new Set(framesFrom(first, count));
    const found: (readonly FrameSpot[])[] = [];
    for (const part of this.parts.toReversed()) {
      if (missing.size === 0) break;
      this.take(await this.open(part), missing, found);
    }
    return joined(found);
  }

  private take(part: OpenPart, missing: Set<number>, found: (readonly FrameSpot[])[]): void {
    for (const frame of [...missing]) {
      const place = part.places.get(frame + 1);
      if (!place) continue;
      const { offset, sizeBytes } = place;
      found.push(unpackSpots(part.bytes.subarray(offset, offset + sizeBytes), part.spotBytes));
      missing.delete(frame);
    }
  }

  private open({ url, mark }: SpotPart): Promise<OpenPart> {
    const known = this.opened.get(mark);
    if (known) return known;
    const opening = answerOf(url, null)
      .then(async (answer) => {
        const bytes = new Uint8Array(await answer.arrayBuffer());
        const part = { bytes, spotBytes: readSpotsHead(bytes).spotBytes, places: readSpotsIndex(bytes) };
        this.known.set(mark, part);
        return part;
      })
      .catch((fault: unknown) => {
        this.opened.delete(mark);
        throw fault;
      });
    this.opened.set(mark, opening);
    return opening;
  }
}

/** A file that was opened in this browser. @param frames from 1 */
export class LocalSpots implements SpotSource {
  private readonly frames: ReadonlyMap<number, readonly FrameSpot[]>;

  constructor(frames: ReadonlyMap<number, readonly FrameSpot[]>) {
    this.frames = frames;
  }

  peek(first: number, count: number): SpotsOfFrames {
    return joined(framesFrom(first, count).map((frame) => this.frames.get(frame + 1) ?? null));
  }

  async load(first: number, count: number): Promise<SpotsOfFrames> {
    return this.peek(first, count);
  }
}
