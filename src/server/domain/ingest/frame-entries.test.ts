import { describe, expect, it } from 'vitest';
import { frameTableOf } from '../../../testing/ingest-world.ts';
import { checkMasks, lastFrameIn, parseTables } from './frame-entries.ts';

const FILE = { sizeBytes: 2000, framesPerFile: 10, channels: ['threshold_1', 'threshold_2'] };

describe('frame tables', () => {
  it('count the frames that came', () => {
    const [table] = parseTables([frameTableOf(30, 10, { absent: [0, 9] })], FILE);
    expect(table).toMatchObject({ firstFrame: 30, rows: 10, framesStored: 8 });
    expect(lastFrameIn(table!.entries)).toBe(8);
    expect(lastFrameIn(new Uint8Array(24))).toBe(-1);
  });

  it.each([
    ['an unknown channel', [frameTableOf(0, 1, { channel: 'x' })]],
    ['a channel twice', [frameTableOf(0, 1), frameTableOf(1, 1)]],
    ['more rows than a file may have', [frameTableOf(0, 11, { frameBytes: 10 })]],
    ['a frame beyond the end of the file', [frameTableOf(0, 10, { frameBytes: 101 })]],
    ['entries of another length', [{ ...frameTableOf(0, 2), rows: 3 }]],
    ['entries that are no base64', [{ ...frameTableOf(0, 2), entries: '!!!!' }]],
    [
      'an offset beyond 2^53',
      [{ ...frameTableOf(0, 1), entries: Buffer.from('ffffffffffffffff01000000', 'hex').toString('base64') }],
    ],
    [
      'a frame at offset 0',
      [{ ...frameTableOf(0, 1), entries: Buffer.from('000000000000000001000000', 'hex').toString('base64') }],
    ],
  ])('refuse %s', (_, tables) => {
    expect(() => parseTables(tables, FILE)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
  });

  it('take a frame that is the whole of its file, and none that begins there and ends before', () => {
    const entry = (sizeBytes: number) => {
      const bytes = Buffer.alloc(12);
      bytes.writeUInt32LE(sizeBytes, 8);
      return { ...frameTableOf(0, 1), entries: bytes.toString('base64') };
    };
    expect(parseTables([entry(FILE.sizeBytes)], FILE)).toMatchObject([{ framesStored: 1 }]);
    for (const sizeBytes of [FILE.sizeBytes - 1, FILE.sizeBytes + 1]) {
      expect(() => parseTables([entry(sizeBytes)], FILE)).toThrow(/outside the file/);
    }
  });

  it('refuse masks outside the file or of no channel', () => {
    const mask = {
      channel: 'threshold_1',
      offset: 1000,
      sizeBytes: 1000,
      dtype: 'u4',
      shape: [2, 2],
      filter: 'none',
    } as const;
    const masks = (changes: object) => [{ ...mask, shape: [2, 2] as [number, number], ...changes }];
    expect(() => checkMasks(masks({}), FILE)).not.toThrow();
    expect(() => checkMasks(masks({ offset: 1001 }), FILE)).toThrow();
    expect(() => checkMasks(masks({ channel: 'x' }), FILE)).toThrow();
  });
});
