import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect } from '../demo-facility.ts';

const CANVAS = '[data-testid="frame-stage"] canvas';

/** Tells pictures of the viewer apart, down to the last pixel. */
export const pictureOf = (page: Page): Promise<number> =>
  page
    .locator(CANVAS)
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      let hash = 0;
      for (const letter of canvas.toDataURL()) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
      return hash;
    });

/** The picture, much smaller: bytes of 40 × 30 pixels. A link rounds the place that it names. */
export const smallPictureOf = (page: Page): Promise<number[]> =>
  page
    .locator(CANVAS)
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const small = new OffscreenCanvas(40, 30).getContext('2d')!;
      small.imageSmoothingQuality = 'high';
      small.drawImage(canvas, 0, 0, 40, 30);
      return [...small.getImageData(0, 0, 40, 30).data];
    });

/** By how much bytes of two pictures differ, on average. */
export const differenceOf = (one: readonly number[], other: readonly number[]): number =>
  one.reduce((sum, value, n) => sum + Math.abs(value - other[n]!), 0) / one.length;

/** Frames that the page asks of its workers, and byte ranges that page and workers ask of the store, from now on. */
export async function countAsked(page: Page): Promise<() => Promise<{ frames: number; ranges: number }>> {
  let ranges = 0;
  page.on('request', (request) => {
    if (request.headers().range) ranges++;
  });
  await page.evaluate(() => {
    const asked = { frames: 0 };
    Object.assign(window, { asked });
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function (this: Worker, ...all: unknown[]) {
      const { kind } = (all[0] ?? {}) as { kind?: unknown };
      if (kind === 'frame' || kind === 'stack') asked.frames++;
      (postMessage as (...args: unknown[]) => void).apply(this, all);
    } as typeof postMessage;
  });
  return async () => ({ frames: (await page.evaluate('asked.frames')) as number, ranges });
}

/** The canvas in device pixels. */
const canvasSize = (page: Page) =>
  page
    .locator(CANVAS)
    .first()
    .evaluate(({ width, height }: HTMLCanvasElement) => ({ width, height }));

/** Below the picture stands what it is of. */
const CAPTION_PX = 28;

/** Saves the picture, which has the size of the window with its caption and the rings that the page shows; the share of their points that has their colour. */
export async function savedRings(page: Page): Promise<{ points: number; share: number }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /^Save a picture/ }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/_\d+\.png$/);
  const png = await readFile(await download.path());
  const { width, height } = await canvasSize(page);
  expect({ width: png.readUInt32BE(16), height: png.readUInt32BE(20) }).toEqual({
    width,
    height: height + CAPTION_PX,
  });
  return page.evaluate(
    async ({ base64, behind }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      let points = 0;
      let found = 0;
      for (const ring of document.querySelectorAll<SVGPathElement>(
        '[data-testid="frame-stage"] [data-ring]',
      )) {
        const colour = ring
          .getAttribute('stroke')!
          .match(/[\da-f]{2}/g)!
          .map((hex) => Number.parseInt(hex, 16));
        const toCanvas = (ring.parentElement as unknown as SVGGElement).transform.baseVal.consolidate()!
          .matrix;
        const isNear = (x: number, y: number) =>
          colour.every((value, c) => Math.abs(value - data[(y * bitmap.width + x) * 4 + c]!) < 70);
        for (let n = 0; n < 400; n++) {
          const at = ring.getPointAtLength((ring.getTotalLength() * n) / 400);
          const { x, y } = new DOMPoint(at.x, at.y).matrixTransform(toCanvas);
          if (x < 1 || y < 1 || x >= bitmap.width - 1 || y >= bitmap.height - behind - 1) continue;
          points++;
          const places = [-1, 0].flatMap((dx) =>
            [-1, 0].map((dy) => [Math.round(x) + dx, Math.round(y) + dy]),
          );
          if (places.some(([px, py]) => isNear(px!, py!))) found++;
        }
      }
      return { points, share: found / points };
    },
    { base64: png.toString('base64'), behind: CAPTION_PX },
  );
}
