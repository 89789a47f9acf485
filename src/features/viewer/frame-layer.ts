import { type Dtype, type DtypeArray, dtypeInvalidValue } from '#src/shared/model/dtype.ts';
import { MAX_FOOTPRINT, type SamplerKind } from './frame-shaders.ts';
import { type TilePlace, tileLayout } from './tile-layout.ts';

export interface LayerTile extends TilePlace {
  frame: WebGLTexture;
  mask: WebGLTexture | null;
}

interface TextureFormat {
  kind: SamplerKind;
  internal: number;
  format: number;
  type: number;
}

export function textureFormat(gl: WebGL2RenderingContext, dtype: Dtype): TextureFormat {
  switch (dtype) {
    case 'u1':
      return { kind: 'unsigned', internal: gl.R8UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_BYTE };
    case 'u2':
      return { kind: 'unsigned', internal: gl.R16UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_SHORT };
    case 'u4':
      return { kind: 'unsigned', internal: gl.R32UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_INT };
    case 'i1':
      return { kind: 'signed', internal: gl.R8I, format: gl.RED_INTEGER, type: gl.BYTE };
    case 'i2':
      return { kind: 'signed', internal: gl.R16I, format: gl.RED_INTEGER, type: gl.SHORT };
    case 'i4':
      return { kind: 'signed', internal: gl.R32I, format: gl.RED_INTEGER, type: gl.INT };
    default:
      return { kind: 'float', internal: gl.R32F, format: gl.RED, type: gl.FLOAT };
  }
}

/** WebGL has no 64-bit texels: those are drawn as floats, invalid ones as NaN (the read-out keeps the exact value). */
function uploadable(pixels: DtypeArray, dtype: Dtype): ArrayBufferView<ArrayBuffer> {
  if (dtype !== 'u8' && dtype !== 'i8' && dtype !== 'f8') return pixels;
  const invalid = dtypeInvalidValue(dtype);
  const floats = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) floats[i] = pixels[i] === invalid ? Number.NaN : Number(pixels[i]);
  return floats;
}

/** An image on the graphics card, in as many textures as it takes there. */
export class FrameLayer {
  private readonly gl: WebGL2RenderingContext;
  tiles: LayerTile[] = [];
  dtype: Dtype = 'u2';
  /** [rows, columns] */
  shape: readonly [number, number] = [0, 0];

  constructor(gl: WebGL2RenderingContext) {
    this.gl = gl;
  }

  private texture(internal: number, { width, height }: { width: number; height: number }): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
      gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
    gl.texStorage2D(gl.TEXTURE_2D, 1, internal, width, height);
    return texture;
  }

  private layOut(dtype: Dtype, shape: readonly [number, number]): void {
    const isSameShape = shape[0] === this.shape[0] && shape[1] === this.shape[1];
    if (this.tiles.length > 0 && dtype === this.dtype && isSameShape) return;
    const { gl } = this;
    this.clear();
    this.dtype = dtype;
    this.shape = shape;
    const side = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    const { internal } = textureFormat(gl, dtype);
    this.tiles = tileLayout(shape, side, MAX_FOOTPRINT).map((place) => ({
      ...place,
      frame: this.texture(internal, place.held),
      mask: null,
    }));
  }

  private fill(
    texture: WebGLTexture,
    { held }: TilePlace,
    format: number,
    type: number,
    data: ArrayBufferView<ArrayBuffer>,
  ): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, this.shape[1]);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, held.x);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, held.y);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, held.width, held.height, format, type, data);
    for (const name of [gl.UNPACK_ROW_LENGTH, gl.UNPACK_SKIP_PIXELS, gl.UNPACK_SKIP_ROWS])
      gl.pixelStorei(name, 0);
  }

  /** @param pixels rows × columns values, row by row */
  setPixels(pixels: DtypeArray, dtype: Dtype, shape: readonly [number, number]): void {
    this.layOut(dtype, shape);
    const { format, type } = textureFormat(this.gl, dtype);
    const data = uploadable(pixels, dtype);
    for (const tile of this.tiles) this.fill(tile.frame, tile, format, type, data);
  }

  /** One byte per pixel, 0 = measured; one of another size counts as none. */
  setMask(mask: Uint8Array<ArrayBuffer> | null): void {
    const { gl } = this;
    const fitting = mask?.length === this.shape[0] * this.shape[1] ? mask : null;
    for (const tile of this.tiles) {
      if (!fitting) {
        if (tile.mask) gl.deleteTexture(tile.mask);
        tile.mask = null;
        continue;
      }
      tile.mask ??= this.texture(gl.R8UI, tile.held);
      this.fill(tile.mask, tile, gl.RED_INTEGER, gl.UNSIGNED_BYTE, fitting);
    }
  }

  /** Frees the memory of the graphics card. */
  clear(): void {
    for (const tile of this.tiles) {
      this.gl.deleteTexture(tile.frame);
      if (tile.mask) this.gl.deleteTexture(tile.mask);
    }
    this.tiles = [];
  }
}
