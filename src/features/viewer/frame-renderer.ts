import {
  type Dtype,
  type DtypeArray,
  dtypeInvalidValue,
  isFloatDtype,
  isSignedDtype,
} from '#src/shared/model/dtype.ts';
import { fragmentShader, type SamplerKind, VERTEX_SHADER } from './frame-shaders.ts';
import { type TilePlace, tileLayout } from './tile-layout.ts';
import type { ViewTransform } from './view-transform.ts';

export type Transfer = 'linear' | 'log' | 'sqrt';
export interface FrameStyle {
  low: number;
  high: number;
  transfer: Transfer;
  /** 256 × RGBA */
  colours: Uint8Array<ArrayBuffer>;
  showMask: boolean;
  /** 0–1 each */
  maskColour: readonly [number, number, number];
}

interface Tile extends TilePlace {
  frame: WebGLTexture;
  mask: WebGLTexture | null;
}

interface TextureFormat {
  kind: SamplerKind;
  internal: number;
  format: number;
  type: number;
}

/** At most 8×8 texels are looked at per screen pixel; further out, frames are thinned as well. */
const MAX_FOOTPRINT = 8;
const TRANSFER_NUMBER: Record<Transfer, number> = { linear: 0, log: 1, sqrt: 2 };

function textureFormat(gl: WebGL2RenderingContext, dtype: Dtype): TextureFormat {
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

/** Draws one detector frame with WebGL2, in tiles where the frame exceeds the GPU's texture size. */
export class FrameRenderer {
  private readonly gl: WebGL2RenderingContext;
  private readonly programs = new Map<SamplerKind, WebGLProgram>();
  private readonly corners: WebGLBuffer;
  private readonly colours: WebGLTexture;
  private tiles: Tile[] = [];
  private dtype: Dtype = 'u2';
  private shape: readonly [number, number] = [0, 0];
  private mask: Uint8Array<ArrayBuffer> | null = null;

  /** Throws an Error with a sentence when the browser has no WebGL2. */
  constructor(canvas: HTMLCanvasElement) {
    const gl = canvas.getContext('webgl2', {
      antialias: false,
      alpha: true,
      premultipliedAlpha: false,
      preserveDrawingBuffer: true,
    });
    if (!gl)
      throw new Error(
        'This browser offers no WebGL2, which the frame viewer needs. Switch on hardware acceleration or use another browser.',
      );
    this.gl = gl;
    this.corners = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.corners);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    this.colours = gl.createTexture();
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  private program(kind: SamplerKind): WebGLProgram {
    const known = this.programs.get(kind);
    if (known) return known;
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, VERTEX_SHADER],
      [gl.FRAGMENT_SHADER, fragmentShader(kind)],
    ] as const) {
      const shader = gl.createShader(type);
      if (!shader) throw new Error('The graphics context was lost.');
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS))
        throw new Error(`shader: ${gl.getShaderInfoLog(shader)}`);
      gl.attachShader(program, shader);
    }
    gl.bindAttribLocation(program, 0, 'a_corner');
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS))
      throw new Error(`shader: ${gl.getProgramInfoLog(program)}`);
    this.programs.set(kind, program);
    return program;
  }

  private texture(internal: number, width: number, height: number): WebGLTexture {
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
    if (
      this.tiles.length > 0 &&
      dtype === this.dtype &&
      shape[0] === this.shape[0] &&
      shape[1] === this.shape[1]
    )
      return;
    const { gl } = this;
    for (const tile of this.tiles) {
      gl.deleteTexture(tile.frame);
      if (tile.mask) gl.deleteTexture(tile.mask);
    }
    this.dtype = dtype;
    this.shape = shape;
    this.tiles = [];
    const side = gl.getParameter(gl.MAX_TEXTURE_SIZE) as number;
    const { internal } = textureFormat(gl, dtype);
    this.tiles = tileLayout(shape, side).map((place) => ({
      ...place,
      frame: this.texture(internal, place.width, place.height),
      mask: null,
    }));
    this.loadMask();
  }

  private fill(
    texture: WebGLTexture,
    tile: Tile,
    format: number,
    type: number,
    data: ArrayBufferView<ArrayBuffer>,
  ): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, this.shape[1]);
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, tile.x);
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, tile.y);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, tile.width, tile.height, format, type, data);
    for (const name of [gl.UNPACK_ROW_LENGTH, gl.UNPACK_SKIP_PIXELS, gl.UNPACK_SKIP_ROWS])
      gl.pixelStorei(name, 0);
  }

  private loadMask(): void {
    const { gl } = this;
    const fits = this.mask?.length === this.shape[0] * this.shape[1];
    for (const tile of this.tiles) {
      if (!fits || !this.mask) {
        if (tile.mask) gl.deleteTexture(tile.mask);
        tile.mask = null;
        continue;
      }
      tile.mask ??= this.texture(gl.R8UI, tile.width, tile.height);
      this.fill(tile.mask, tile, gl.RED_INTEGER, gl.UNSIGNED_BYTE, this.mask);
    }
  }

  /** How many textures the frame lies in. */
  get tileCount(): number {
    return this.tiles.length;
  }

  /** @param pixels rows × columns values, row by row */
  setFrame(pixels: DtypeArray, dtype: Dtype, shape: readonly [number, number]): void {
    this.layOut(dtype, shape);
    const { format, type } = textureFormat(this.gl, dtype);
    const data = uploadable(pixels, dtype);
    for (const tile of this.tiles) this.fill(tile.frame, tile, format, type, data);
  }

  /** One byte per pixel, 0 = measured. */
  setMask(mask: Uint8Array<ArrayBuffer> | null): void {
    this.mask = mask;
    this.loadMask();
  }

  private setInvalid(location: WebGLUniformLocation | null): void {
    const invalid = Number(dtypeInvalidValue(this.dtype));
    if (isFloatDtype(this.dtype) || this.dtype === 'u8' || this.dtype === 'i8') return;
    if (isSignedDtype(this.dtype)) this.gl.uniform1i(location, invalid);
    else this.gl.uniform1ui(location, invalid);
  }

  clear(): void {
    this.gl.clearColor(0, 0, 0, 0);
    this.gl.clear(this.gl.COLOR_BUFFER_BIT);
  }

  /** @param view image pixels → canvas (device) pixels */
  draw(view: ViewTransform, style: FrameStyle): void {
    const { gl } = this;
    const { width, height } = gl.canvas;
    gl.viewport(0, 0, width, height);
    this.clear();
    if (this.tiles.length === 0 || width === 0 || height === 0) return;
    const program = this.program(textureFormat(gl, this.dtype).kind);
    gl.useProgram(program);
    const at = (name: string) => gl.getUniformLocation(program, name);

    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D, this.colours);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, style.colours);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);

    gl.uniform1i(at('u_frame'), 0);
    gl.uniform1i(at('u_mask'), 1);
    gl.uniform1i(at('u_colours'), 2);
    gl.uniform4f(
      at('u_view'),
      (2 * view.scale) / width,
      (-2 * view.scale) / height,
      (2 * view.x) / width - 1,
      1 - (2 * view.y) / height,
    );
    gl.uniform2f(at('u_range'), style.low, style.high);
    gl.uniform1i(at('u_transfer'), TRANSFER_NUMBER[style.transfer]);
    gl.uniform1i(at('u_showMask'), style.showMask ? 1 : 0);
    gl.uniform3f(at('u_maskColour'), ...style.maskColour);
    gl.uniform1i(at('u_footprint'), Math.min(MAX_FOOTPRINT, Math.max(1, Math.ceil(1 / view.scale))));
    this.setInvalid(at('u_invalid'));
    gl.bindBuffer(gl.ARRAY_BUFFER, this.corners);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);

    for (const tile of this.tiles) {
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, tile.frame);
      gl.activeTexture(gl.TEXTURE1);
      // Without a mask any integer texture will do: the shader does not look.
      gl.bindTexture(gl.TEXTURE_2D, tile.mask);
      gl.uniform1i(at('u_hasMask'), tile.mask ? 1 : 0);
      gl.uniform2f(at('u_tileOrigin'), tile.x, tile.y);
      gl.uniform2f(at('u_tileSize'), tile.width, tile.height);
      gl.uniform2i(at('u_size'), tile.width, tile.height);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
    gl.activeTexture(gl.TEXTURE0);
  }

  /** Frees the GPU's memory. The context stays with its canvas, which React may mount again. */
  close(): void {
    for (const tile of this.tiles) {
      this.gl.deleteTexture(tile.frame);
      if (tile.mask) this.gl.deleteTexture(tile.mask);
    }
    this.tiles = [];
    this.gl.deleteTexture(this.colours);
    this.gl.deleteBuffer(this.corners);
    for (const program of this.programs.values()) this.gl.deleteProgram(program);
    this.programs.clear();
  }
}
