import { describe, expect, it } from 'vitest';
import {
  type FrameSpot,
  MAX_SPOTS_OF_FRAME,
  packSpots,
  readSpotsFile,
  readSpotsHead,
  readSpotsIndex,
  SPOT_BYTES,
  spotsPartsOf,
  spotsPathOf,
  unpackSpots,
  writeSpotsFile,
} from './spots-file.ts';
import { readSpotsTable, spotsFileOfTable } from './spots-table.ts';

const spot = (changes: Partial<FrameSpot> = {}): FrameSpot => ({
  ...{ fast: 10.5, slow: 20.25, intensity: 99.5, hkl: null, kind: 'found', box: null },
  ...changes,
});
const SPOTS = [
  spot(),
  spot({ kind: 'indexed', hkl: [3, -4, 112], box: [4, 6] }),
  spot({ kind: 'predicted', hkl: [0, 0, -8], intensity: null }),
  spot({ kind: 'ice', fast: 4147.5 }),
];

describe('a file of spots', () => {
  it('gives back what was written, frame by frame', () => {
    const packed = packSpots(SPOTS, SPOT_BYTES.indexed);
    const file = writeSpotsFile(
      new Map([
        [12, packed],
        [3, new Uint8Array()],
      ]),
      SPOT_BYTES.indexed,
    );
    expect(readSpotsFile(file)).toEqual(
      new Map([
        [3, []],
        [12, SPOTS],
      ]),
    );
  });

  it('is read by ranges: head, index, and the bytes of one frame', () => {
    const frames = new Map([1, 2, 3].map((n) => [n, packSpots(SPOTS.slice(0, n), SPOT_BYTES.plain)]));
    const file = writeSpotsFile(frames, SPOT_BYTES.plain);
    const { indexEnd, spotBytes } = readSpotsHead(file.subarray(0, 16));
    expect(indexEnd).toBe(16 + 3 * 16);
    const place = readSpotsIndex(file.subarray(0, indexEnd)).get(2)!;
    expect(place).toEqual({ offset: 64 + 16, sizeBytes: 32 });
    const range = file.slice(place.offset, place.offset + place.sizeBytes);
    const plain = SPOTS.slice(0, 2).map((each) => ({ ...each, hkl: null }));
    expect(unpackSpots(range, spotBytes)).toEqual(plain);
    expect(file.length).toBe(64 + (1 + 2 + 3) * 16);
  });

  it('says what is wrong with one that is none, of another version, or cut off', () => {
    expect(() => readSpotsHead(new TextEncoder().encode('frame,fast,slow\n1,2,3'))).toThrow('BDSPOTS1');
    const file = writeSpotsFile(new Map([[1, new Uint8Array()]]), SPOT_BYTES.plain);
    expect(() => readSpotsIndex(file.subarray(0, 20))).toThrow('middle of its index');
    new DataView(file.buffer).setUint32(12, 20, true);
    expect(() => readSpotsHead(file)).toThrow('20 bytes');
  });

  it('keeps the strongest of a frame with too many', () => {
    const many = Array.from({ length: MAX_SPOTS_OF_FRAME + 10 }, (_, i) => spot({ intensity: i }));
    const kept = unpackSpots(packSpots(many, SPOT_BYTES.plain), SPOT_BYTES.plain);
    expect(kept).toHaveLength(MAX_SPOTS_OF_FRAME);
    expect(Math.min(...kept.map(({ intensity }) => intensity!))).toBe(10);
  });

  it('lies beside the table that it was made of', () => {
    expect(spotsPathOf('found/spots.csv')).toBe('found/spots.spots');
    expect(spotsPathOf('found.spots')).toBe('found.spots');
    expect(spotsPartsOf('found.spots')).toBe('found.parts/');
  });
});

describe('a table of spots', () => {
  it.each([
    ['commas', 'frame,fast,slow,intensity,h,k,l\n1,10.5,20.25,99.5,3,-4,112\n2,1.5,2.5,,,,\n'],
    [
      'tabs and other names',
      '# mine\nimage\tx\ty\ti\th\tk\tl\r\n1\t10.5\t20.25\t99.5\t3\t-4\t112\r\n2\t1.5\t2.5\t\t\t\t\r\n',
    ],
    [
      'JSON lines',
      '{"frame":1,"fast":10.5,"slow":20.25,"intensity":99.5,"hkl":[3,-4,112]}\n\n{"frame":2,"fast":1.5,"slow":2.5}\n',
    ],
    [
      'a JSON list',
      '[{"frame":1,"fast":10.5,"slow":20.25,"intensity":99.5,"h":3,"k":-4,"l":112},{"frame":2,"fast":1.5,"slow":2.5}]',
    ],
  ])('with %s becomes a file of spots', (_, text) => {
    const expected = new Map([
      [1, [spot({ kind: 'indexed', hkl: [3, -4, 112] })]],
      [2, [spot({ fast: 1.5, slow: 2.5, intensity: null })]],
    ]);
    expect(readSpotsTable(text)).toEqual(expected);
    expect(readSpotsFile(spotsFileOfTable(text))).toEqual(expected);
  });

  it('takes the kind and the size that are said', () => {
    const [only] = readSpotsTable('frame fast slow kind width height\n7 1 2 ice 3 5').get(7)!;
    expect(only).toMatchObject({ kind: 'ice', box: [3, 5] });
  });

  it.each([
    ['frame,x\n1,2', 'slow is missing'],
    ['frame,fast,slow\n1,2,3\n1,2,here', 'Line 3: “here” is no number (slow)'],
    ['frame,fast,slow\n0,2,3', 'Line 2: 0 is no frame'],
    ['frame,fast,slow,kind\n1,2,3,bright', 'none of found'],
    ['{"frame":1,"fast":1,"slow":1}\n{"frame":', 'Line 2 of the spots is no JSON'],
    ['{"frame":1,"fast":1}', 'Line 1: it has no slow'],
    ['[{"frame":1,', 'no JSON'],
  ])('says where %j is wrong', (text, words) => {
    expect(() => readSpotsTable(text)).toThrow(words);
  });
});
