import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeStreamV2 } from '#src/shared/codecs/stream-v2.ts';
import type { StreamImage, StreamStart } from '#src/shared/model/stream.ts';
import { StreamSeries } from '../stream/stream-series.ts';
import { Recorder } from '../testing/assembler-rig.ts';
import { imageMessage, startMessage, testArray, testSeries } from '../testing/test-messages.ts';
import type { FrameShow, PreviewSeries } from './preview-series.ts';

const series = testSeries(3, { channels: ['threshold_1', 'threshold_2'] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shown-frames-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

class Offers implements FrameShow {
  readonly offered: { series: PreviewSeries; frame: number; bytes: Uint8Array }[] = [];
  offer(shown: PreviewSeries, frame: number, bytes: Uint8Array): void {
    this.offered.push({ series: shown, frame, bytes: bytes.slice() });
  }
}

function image(imageId: number, channels = [0, 1]): StreamImage {
  const arrays = new Map(
    channels.map((channel) => [series.channels[channel]!, testArray(series, imageId, channel)]),
  );
  return decodeStreamV2(imageMessage(series, imageId, arrays)) as StreamImage;
}

test('every image that is stored is offered once, by its first channel', () => {
  const sink = new Recorder(folder);
  const previews = new Offers();
  const begun = { wallMs: 0, steadyMs: 0, waitedMs: 0 };
  const dir = sink.seriesStarted({ seriesKey: 'key', begun });
  const start = decodeStreamV2(startMessage(series, { numberOfImages: 30 })) as StreamStart;
  const received = new StreamSeries(
    { seriesKey: 'key', dir, start, begun },
    { sink, report: () => {}, detector: 'd', participants: 1, fallbackSerialNumber: null, previews },
  );
  received.addImage(image(0), 1);
  received.addImage(image(1), 2);
  // Twice the same, one without its first channel: nothing to show.
  received.addImage(image(1), 3);
  received.addImage(image(2, [1]), 4);
  received.addImage(image(3), 5);
  received.end('end-message', 6);

  expect(previews.offered.map(({ frame }) => frame)).toEqual([0, 1, 3]);
  expect(previews.offered[0]!.series).toEqual({
    seriesKey: 'key',
    channel: { name: 'threshold_1', dtype: 'u2', shape: [series.rows, series.columns], filter: 'bslz4' },
    framesExpected: 30,
    dir,
  });
  for (const { frame, bytes } of previews.offered) {
    expect(Buffer.compare(bytes, testArray(series, frame, 0).bytes)).toBe(0);
  }
});
