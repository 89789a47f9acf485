import { encodeBslz4 } from '../shared/codecs/bslz4.ts';
import { readCbor } from '../shared/codecs/cbor-reader.ts';
import { type CborInput, CborInputTag, writeCbor } from '../shared/codecs/cbor-writer.ts';
import { decodeChunk } from '../shared/codecs/chunk.ts';
import { CodecError } from '../shared/codecs/codec-error.ts';
import { readJsonObject } from '../shared/codecs/stream-json.ts';
import { decodeStreamV1 } from '../shared/codecs/stream-v1.ts';
import {
  encodeStreamV1End,
  encodeStreamV1Image,
  encodeStreamV1Start,
} from '../shared/codecs/stream-v1-encode.ts';
import {
  decodeStreamV2,
  encodeStreamV2End,
  encodeStreamV2Image,
  encodeStreamV2Start,
  StreamDecodeError,
} from '../shared/codecs/stream-v2.ts';
import type { StreamImageArray, StreamMessage } from '../shared/model/stream.ts';
import { damagedBytes, randomSource } from './damaged-bytes.ts';

/*
 * Damaged and nonsensical messages for the decoders of detector streams, by seed. Each function throws when a decoder throws
 * anything but its own error, or accepts what the HUB could not store or keep; the caller watches time and memory.
 */

export interface FuzzCount {
  accepted: number;
  refused: number;
}

type Random = () => number;
const pick = <T>(random: Random, among: readonly T[]): T => among[Math.floor(random() * among.length)]!;

const [ROWS, COLUMNS] = [6, 10];
const pixels: StreamImageArray = {
  dtype: 'u2',
  shape: [ROWS, COLUMNS],
  filter: 'bslz4',
  elementSize: 2,
  bytes: encodeBslz4(
    Uint8Array.from({ length: 2 * ROWS * COLUMNS }, (_, at) => at % 7),
    2,
  ),
};
const mask: StreamImageArray = {
  ...{ dtype: 'u4', shape: [ROWS, COLUMNS], filter: 'none', elementSize: 4 },
  bytes: new Uint8Array(4 * ROWS * COLUMNS),
};
const start = {
  seriesId: 6,
  seriesUniqueId: 'unique',
  channels: ['default'],
  armDate: '2026-05-01T10:00:00Z',
  numberOfImages: 10,
  imageSizeX: COLUMNS,
  imageSizeY: ROWS,
  frameTimeS: 0.1,
  goniometer: { omega: { startDeg: 0, incrementDeg: 0.1 } },
  thresholdsEv: { default: 6000 },
  pixelMasks: new Map([['default', mask]]),
  flatfields: new Map([['default', { ...mask, dtype: 'f4' as const }]]),
};
const ids = { seriesId: 6, seriesUniqueId: 'unique' };

/** Values that checks forget. */
const ODD: readonly CborInput[] = [
  ...[
    null,
    undefined,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    2 ** 24,
    2 ** 31,
    2 ** 53,
    2 ** 63,
    -(2 ** 53),
    2n ** 64n - 1n,
  ],
  ...[
    Number.NaN,
    Number.POSITIVE_INFINITY,
    5e-324,
    '',
    'x',
    '__proto__',
    '../../etc',
    'a'.repeat(2000),
    '\u{0}',
  ],
  ...[[], [[]], [6, 10], [0, 0], [2 ** 24, 2 ** 24], {}, { a: { b: [1, null] } }, new Uint8Array(0)],
  new Uint8Array(12).fill(255),
];
const JSON_ODD = ODD.filter((value) => !(value instanceof Uint8Array) && typeof value !== 'bigint');

/** Decodes; true when the message was accepted. Throws what no decoder may throw. */
function judge(decode: () => StreamMessage, what: string): boolean {
  let message: StreamMessage;
  try {
    message = decode();
  } catch (error) {
    if (error instanceof StreamDecodeError) return false;
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
  if (message.type === 'image') {
    for (const { filter, dtype, bytes, shape } of message.channels.values())
      readPixels(filter, dtype, bytes, shape);
    const numbers = Object.values(message.values);
    if (!numbers.every(Number.isFinite)) throw new Error(`${what}: a value of the frame is no finite number`);
  }
  if (message.type === 'start') {
    const { warnings: _, extra, ...rest } = message;
    const kept = decodeStreamV2(encodeStreamV2Start({ ...rest, extra: extra as Record<string, CborInput> }));
    if (kept.type !== 'start' || kept.seriesUniqueId !== message.seriesUniqueId) {
      throw new Error(`${what}: a start that cannot be kept`);
    }
    JSON.stringify(message.userData);
  }
  return true;
}

/** Damage inside a block is seen when it is decoded, and then as a CodecError. */
function readPixels(
  filter: StreamImageArray['filter'],
  dtype: StreamImageArray['dtype'],
  bytes: Uint8Array,
  shape: StreamImageArray['shape'],
): void {
  try {
    decodeChunk({ filter, dtype, bytes, elements: shape[0] * shape[1] });
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
}

function count(inputs: number, isAccepted: (input: number) => boolean): FuzzCount {
  const counts: FuzzCount = { accepted: 0, refused: 0 };
  for (let input = 0; input < inputs; input++) counts[isAccepted(input) ? 'accepted' : 'refused']++;
  return counts;
}

const damaged = (bytes: Uint8Array, random: Random): Uint8Array =>
  damagedBytes([bytes], 1, Math.floor(random() * 2 ** 31)).next().value as Uint8Array;

/** CBOR of any kind: nested, tagged, with lengths of all sizes. */
function randomCbor(random: Random, depth: number): CborInput {
  const kind = random();
  if (depth === 0 || kind < 0.4) return pick(random, ODD);
  const length = Math.floor(random() * 4);
  const items = () => Array.from({ length }, () => randomCbor(random, depth - 1));
  if (kind < 0.6) return items();
  if (kind < 0.8) return new Map(items().map((item, n) => [random() < 0.8 ? `key${n}` : item, item]));
  return new CborInputTag(pick(random, [0, 1, 40, 64, 69, 70, 84, 86, 1040, 56500, 55799]), items());
}

/** The CBOR reader, with items that are whole and items that are damaged. */
export function fuzzCbor(inputs: number, seed: number): FuzzCount {
  const random = randomSource(seed);
  return count(inputs, (n) => {
    const whole = writeCbor(randomCbor(random, 6));
    const bytes = random() < 0.3 ? whole : damaged(whole, random);
    try {
      readCbor(bytes);
      return true;
    } catch (error) {
      if (error instanceof CodecError) return false;
      throw new Error(`CBOR input ${n} of seed ${seed}: ${String(error)}`, { cause: error });
    }
  });
}

const V2_KEYS = [
  ...[
    'type',
    'series_id',
    'series_unique_id',
    'image_id',
    'data',
    'start_time',
    'channels',
    'pixel_mask',
    'flatfield',
  ],
  ...[
    'goniometer',
    'threshold_energy',
    'user_data',
    'number_of_images',
    'image_size_x',
    'image_dtype',
    'arm_date',
  ],
  ...[
    'countrate_correction_lookup_table',
    'detector_translation',
    'spots',
    'spot_count',
    'indexing_unit_cell',
  ],
];

/** Stream V2: damaged bytes, and whole messages whose keys hold what they should not. */
export function fuzzStreamV2(inputs: number, seed: number): FuzzCount {
  const random = randomSource(seed);
  const channels = new Map([['default', pixels]]);
  const samples = [
    encodeStreamV2Start({ ...start, userData: '{"file_prefix":"a"}' }),
    encodeStreamV2Image({ ...ids, imageId: 1, channels, values: { spots: 3, cellA: 78 } }),
    encodeStreamV2Image({ ...ids, imageId: 1, channels: new Map([['default', { ...pixels, ...mask }]]) }),
    encodeStreamV2End(ids),
  ];
  const oddKeys = (sample: Uint8Array): Uint8Array => {
    const tagged = readCbor(sample) as { value: ReadonlyMap<CborInput, CborInput> };
    const map = new Map(tagged.value);
    for (let n = 1 + Math.floor(random() * 3); n > 0; n--) {
      map.set(pick(random, V2_KEYS), random() < 0.5 ? pick(random, ODD) : randomCbor(random, 4));
    }
    return writeCbor(map);
  };
  return count(inputs, (n) => {
    const sample = pick(random, samples);
    const bytes = random() < 0.5 ? damaged(sample, random) : oddKeys(sample);
    return judge(() => decodeStreamV2(bytes), `Stream V2 input ${n} of seed ${seed}`);
  });
}

const utf8 = new TextEncoder();

/** One member of a JSON part set to nonsense, taken away or put in; other parts are damaged as bytes. */
function oddPart(part: Uint8Array, random: Random): Uint8Array {
  if (part[0] !== 0x7b || random() < 0.3) return damaged(part, random);
  // Damaged before, it may be no JSON any more.
  const members = readJsonObject(part) as Record<string, unknown> | undefined;
  if (members === undefined) return damaged(part, random);
  const key = pick(random, [...Object.keys(members), 'header_detail', 'roi_mode', 'shape', '__proto__']);
  if (random() < 0.2) delete members[key];
  else
    Object.defineProperty(members, key, {
      value: pick(random, JSON_ODD),
      enumerable: true,
      configurable: true,
    });
  return utf8.encode(JSON.stringify(members));
}

/** Stream V1: parts damaged, exchanged, doubled and left out. */
export function fuzzStreamV1(inputs: number, seed: number): FuzzCount {
  const random = randomSource(seed);
  const samples = [
    encodeStreamV1Start({ ...start, config: { roi_mode: 'disabled' }, appendix: { file_prefix: 'a' } }),
    encodeStreamV1Start({ ...start, headerDetail: 'basic' }),
    encodeStreamV1Start({ ...start, headerDetail: 'none', appendix: { file_prefix: 'a' } }),
    encodeStreamV1Image({ seriesId: 6, imageId: 3, pixels, appendix: { shutter: 'open' } }),
    encodeStreamV1Image({ seriesId: 6, imageId: 3, pixels: { ...mask, shape: [ROWS, COLUMNS] } }),
    encodeStreamV1End(6),
  ];
  const changes: readonly ((parts: Uint8Array[], at: number) => void)[] = [
    (parts, at) => parts.splice(at, 1, oddPart(parts[at]!, random)),
    (parts, at) => parts.splice(at, 1, oddPart(parts[at]!, random)),
    (parts, at) => parts.splice(at, 1),
    (parts, at) => parts.splice(at, 0, parts[at]!),
    (parts, at) => parts.splice(at, 0, pick(random, pick(random, samples))),
    (parts) => parts.reverse(),
  ];
  return count(inputs, (n) => {
    const parts = [...pick(random, samples)];
    for (let times = 1 + Math.floor(random() * 3); times > 0 && parts.length > 0; times--) {
      pick(random, changes)(parts, Math.floor(random() * parts.length));
    }
    const series = { receivedAt: '2026-05-01T10:00:00.000Z', uniqueIdOf: (id: number) => `open-${id}` };
    return judge(() => decodeStreamV1(parts, series), `Stream V1 input ${n} of seed ${seed}`);
  });
}
