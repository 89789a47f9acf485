import { colourTable } from '#src/features/viewer/colour-maps.ts';
import { autoContrast, frameStatistics } from '#src/features/viewer/contrast.ts';
import { textureFormat } from '#src/features/viewer/frame-layer.ts';
import { FrameRenderer } from '#src/features/viewer/frame-renderer.ts';
import { overviewFactor } from '#src/features/viewer/overview-factor.ts';
import { fitView } from '#src/features/viewer/view-transform.ts';
import { binMaximum } from '#src/shared/model/bin-maximum.ts';
import {
  byteLength,
  type Dtype,
  type DtypeArray,
  dtypeArrayFromBytes,
  dtypeInvalidValue,
} from '#src/shared/model/dtype.ts';

/*
 * In a page of its own: what a step of the viewer is made of, each part alone. A frame decoded whole by one worker into fresh memory, its pixels
 * brought into one texture, and the bare drawing of it as the viewer's window shows it.
 */

export interface PartsOrder {
  dtype: Dtype;
  shape: [rows: number, columns: number];
  canvas: { width: number; height: number };
  rounds: number;
}

export interface PartsFigures {
  decodeMs: number[];
  uploadMs: number[];
  drawMs: number[];
}

function decodedByWorker(worker: Worker, blob: ArrayBuffer, elementSize: number): Promise<ArrayBuffer> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<{ buffer: ArrayBuffer }>) => resolve(data.buffer);
    worker.postMessage({ id: 0, blob, elementSize }, [blob]);
  });
}

/** The texture is read where it is, so that nothing of the upload is left for later. */
function uploadOnce(
  gl: WebGL2RenderingContext,
  texture: WebGLTexture,
  pixels: DtypeArray,
  order: PartsOrder,
) {
  const [rows, columns] = order.shape;
  const { format, type } = textureFormat(gl, order.dtype);
  const isSigned = order.dtype.startsWith('i');
  const begin = performance.now();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texSubImage2D(
    gl.TEXTURE_2D,
    0,
    0,
    0,
    columns,
    rows,
    format,
    type,
    pixels as ArrayBufferView<ArrayBuffer>,
  );
  if (isSigned) gl.readPixels(0, 0, 1, 1, gl.RGBA_INTEGER, gl.INT, new Int32Array(4));
  else gl.readPixels(0, 0, 1, 1, gl.RGBA_INTEGER, gl.UNSIGNED_INT, new Uint32Array(4));
  return performance.now() - begin;
}

function uploads(pixels: DtypeArray, order: PartsOrder): number[] {
  const gl = document.createElement('canvas').getContext('webgl2')!;
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.texStorage2D(gl.TEXTURE_2D, 1, textureFormat(gl, order.dtype).internal, order.shape[1], order.shape[0]);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  return Array.from({ length: order.rounds }, () => uploadOnce(gl, texture, pixels, order));
}

function draws(pixels: DtypeArray, { dtype, shape, canvas: size, rounds }: PartsOrder): number[] {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, size);
  document.body.append(canvas);
  const renderer = new FrameRenderer(canvas);
  const gl = canvas.getContext('webgl2')!;
  const factor = overviewFactor(shape);
  const invalid = dtypeInvalidValue(dtype);
  const overview = { ...binMaximum(pixels, dtype, shape, factor, { mask: null, invalid }), factor };
  renderer.setFrame({ pixels, dtype, shape, overview: factor > 1 ? overview : null });
  const { low, high } = autoContrast(frameStatistics(pixels, { mask: null, invalid, saturation: null }));
  const colours = colourTable('grey', true);
  return Array.from({ length: rounds + 1 }, (_, n) => {
    const begin = performance.now();
    renderer.draw(fitView(shape, size.width, size.height), {
      ...{ low, high: high + n, colours, transfer: 'linear', showMask: true, maskColour: [0, 0, 0] },
    });
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    return performance.now() - begin;
  }).slice(1);
}

async function measure(order: PartsOrder): Promise<PartsFigures> {
  const chunk = await (await fetch('/chunk')).arrayBuffer();
  const worker = new Worker('/worker.js', { type: 'module' });
  const decodeMs: number[] = [];
  let buffer = new ArrayBuffer(0);
  for (let n = 0; n < order.rounds + 1; n++) {
    const copy = chunk.slice(0);
    const begin = performance.now();
    buffer = await decodedByWorker(worker, copy, byteLength(order.dtype));
    if (n > 0) decodeMs.push(performance.now() - begin);
  }
  worker.terminate();
  const pixels = dtypeArrayFromBytes(order.dtype, new Uint8Array(buffer));
  return { decodeMs, uploadMs: uploads(pixels, order), drawMs: draws(pixels, order) };
}

Object.assign(globalThis, { measureParts: measure });
