import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSpotsFile } from '#src/shared/codecs/spots-file.ts';
import type { FrameAnalysis } from './analyse-frame.ts';
import type { Spot } from './find-spots.ts';
import { SpotsKept, SpotsReport } from './spots-report.ts';

const spot = (intensity: number): Spot => ({ x: 1.5, y: 2.5, pixels: 4, intensity, peak: 9, box: [2, 2] });
const analysis = (frame: number, spots: number, ice = 0) =>
  ({
    result: { frame },
    spots: Array.from({ length: spots }, (_, k) => spot(k)),
    ice: Array.from({ length: ice }, (_, k) => spot(k)),
  }) as unknown as FrameAnalysis;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamdeck-spots-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const outDir = () => join(folder, 'out');
const parts = async () => (await readdir(join(outDir(), 'found.parts')).catch(() => [])).sort();
const framesOf = async (path: string) => [...readSpotsFile(await readFile(join(outDir(), path))).keys()];

describe('spots as a job of fast feedback leaves them', () => {
  it('are written in parts, of which only the last changes, and as one in the end', async () => {
    const kept = new SpotsKept();
    const report = new SpotsReport(outDir(), folder);
    for (const frame of [0, 1, 2]) kept.add(analysis(frame, 1000));
    await report.tell(kept);
    expect(await framesOf('found.parts/000001.spots')).toEqual([1, 2, 3]);
    // 16 bytes a spot: with twelve frames a part is full.
    for (let frame = 3; frame < 13; frame++) kept.add(analysis(frame, 1000));
    await report.tell(kept);
    kept.add(analysis(13, 7, 2));
    await report.tell(kept);
    expect(await parts()).toEqual(['000001.spots', '000002.spots']);
    expect(await framesOf('found.parts/000002.spots')).toEqual([14]);
    await report.conclude(kept);
    expect(await parts()).toEqual([]);
    const whole = readSpotsFile(await readFile(join(outDir(), 'found.spots')));
    expect([...whole.keys()]).toEqual(Array.from({ length: 14 }, (_, frame) => frame + 1));
    expect(whole.get(14)!.map(({ kind }) => kind)).toEqual([...Array(7).fill('found'), 'ice', 'ice']);
    expect((await readdir(folder)).sort()).toEqual(['out']);
  });

  it('are begun anew when all frames are looked at again, and a frame stored anew takes its place', async () => {
    const report = new SpotsReport(outDir(), folder);
    const first = new SpotsKept();
    for (let frame = 0; frame < 30; frame++) first.add(analysis(frame, 1000));
    await report.tell(first);
    first.add(analysis(30, 1));
    await report.tell(first);
    expect(await parts()).toHaveLength(2);
    const again = new SpotsKept();
    again.add(analysis(4, 3));
    again.add(analysis(4, 5));
    await report.tell(again);
    expect(await parts()).toEqual(['000001.spots']);
    expect(readSpotsFile(again.file()).get(5)).toHaveLength(5);
  });

  it('of frames beyond the room there is are left out and counted, and have room again when others go', () => {
    const kept = new SpotsKept(2 * (16 + 10 * 16));
    for (const frame of [0, 1, 2]) kept.add(analysis(frame, 10));
    expect([...kept.omitted]).toEqual([2]);
    kept.keepOnly(new Set([1, 2]));
    kept.add(analysis(2, 10));
    expect([...kept.omitted]).toEqual([]);
    expect([...readSpotsFile(kept.file()).keys()]).toEqual([2, 3]);
  });
});
