import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CAPTURE_V1_FOLDER, hasCaptureV1 } from '#hub/testing/capture-v1.ts';
import { freePort, HubRig, until } from '#hub/testing/hub-rig.ts';
import { testSeries } from '#hub/testing/test-messages.ts';
import { wholeSeriesV1 } from '#hub/testing/test-messages-v1.ts';
import type { StreamImageArray } from '#src/shared/model/stream.ts';

let rig: HubRig;
let folder: string;
let address: string;
beforeEach(async () => {
  rig = await HubRig.create();
  folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-replay-'));
  address = `tcp://127.0.0.1:${await freePort()}`;
  rig.detector({ protocol: 'stream-v1', endpoints: [address] });
});
afterEach(async () => {
  await rig.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** `npm run replay` as a process of its own. */
async function replay(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '..', 'replay.ts'), ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

/** Writes the parts of these messages as they are recorded, but for some. */
function record(messages: readonly (readonly Uint8Array[])[], leaveOut: (part: number) => boolean): void {
  messages.flat().forEach((part, index) => {
    const number = index + 1;
    if (!leaveOut(number)) writeFileSync(path.join(folder, `${String(number).padStart(2, '0')}.part`), part);
  });
}

const SERIES = testSeries(6);
const table = (dtype: 'f4' | 'u4') => {
  const { rows, columns } = SERIES;
  const array: StreamImageArray = {
    ...{ dtype, shape: [rows, columns], filter: 'none', elementSize: 4 },
    bytes: new Uint8Array(4 * rows * columns),
  };
  return new Map([['default', array]]);
};
/** Parts 1 to 6 are the start, with flat field (4) and mask (6). */
const messages = () => wholeSeriesV1(SERIES, 3, { flatfields: table('f4'), pixelMasks: table('u4') });

describe('a recording of Stream V1', () => {
  it('is played as a new series; tables that were not recorded are sent as zeros', async () => {
    record(messages(), (part) => part === 4 || part === 6);
    rig.start();
    const { code, output } = await replay(folder, '--bind', address);
    expect(code).toBe(0);
    expect(output).toContain('Part 4 is not there; zeros are sent in its place.');
    expect(output).toMatch(/5 messages sent, series \d+/);
    await until('the end of the series', () => rig.datasets()[0]?.end != null);
    const [{ end, request }] = rig.datasets() as [ReturnType<typeof rig.datasets>[number]];
    expect(end).toMatchObject({ ending: 'end-message', framesReceived: 3, missing: [] });
    expect(request.seriesId).toBe(Number(/series (\d+), recorded as 6/.exec(output)![1]));
    expect(rig.codes()).toEqual([]);
  });

  it('is refused before anything is sent when another part is missing, or nobody is named to take it', async () => {
    record(messages(), (part) => part === 9);
    const missing = await replay(folder, '--bind', address);
    expect(missing.code).toBe(1);
    expect(missing.output).toMatch(/^Part 9 is not in .*only a flat field or a mask can be left out/);
    record(messages(), () => false);
    const unnamed = await replay(folder);
    expect(unnamed.code).toBe(1);
    expect(unnamed.output).toMatch(/name the address of a detector with protocol = "stream-v1" in --bind/);
  });

  it.skipIf(!hasCaptureV1)('of a real EIGER 4M: three of ten announced images', async () => {
    rig.start();
    const { code } = await replay(CAPTURE_V1_FOLDER, '--bind', address, '--keep-ids');
    expect(code).toBe(0);
    await until('the end of the series', () => rig.datasets()[0]?.end != null);
    expect(rig.datasets()[0]).toMatchObject({
      request: { seriesId: 6, framesExpected: 10, detectorSerialNumber: 'E-08-0115' },
      end: { ending: 'end-message', framesReceived: 3, missing: [] },
    });
    expect(rig.codes()).toEqual([]);
  });
});
