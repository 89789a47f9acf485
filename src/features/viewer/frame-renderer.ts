import { dtypeInvalidValue, isFloatDtype, isSignedDtype } from '#src/shared/model/dtype.ts';
import { FrameLayer, textureFormat } from './frame-layer.ts';
import type { LoadedFrame } from './frame-loader.ts';
import {
  fragmentShader,
  MAX_FOOTPRINT,
  type ShaderKind,
  type Transfer,
  VERTEX_SHADER,
} from './frame-shaders.ts';
import type { ViewTransform } from './view-transform.ts';

export type { Transfer } from './frame-shaders.ts';
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

export type DrawnFrame = Pick<LoadedFrame, 'pixels' | 'dtype' | 'shape' | 'overview'>;

interface Program {
  program: WebGLProgram;
  locations: Map<string, WebGLUniformLocation | null>;
}

/**
 * Draws one detector frame with WebGL2, in tiles where the frame exceeds the GPU's texture size. Zoomed out as far as its overview, only that
 * goes to the graphics card: what a frame costs is mostly bringing it there.
 */
export class FrameRenderer {
  private readonly gl: WebGL2RenderingContext;
  private readonly programs = new Map<string, Program>();
  private readonly corners: WebGLBuffer;
  private readonly colours: WebGLTexture;
  private readonly whole: FrameLayer;
  private readonly overview: FrameLayer;
  private frame: DrawnFrame | null = null;
  private mask: Uint8Array<ArrayBuffer> | null = null;
  /** What the textures do not have yet. */
  private stale = { whole: false, overview: false, mask: false };
  private drawnTiles = 0;

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
    this.whole = new FrameLayer(gl);
    this.overview = new FrameLayer(gl);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  private program(kind: ShaderKind): Program {
    const key = JSON.stringify(kind);
    const known = this.programs.get(key);
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
    const made = { program, locations: new Map() };
    this.programs.set(key, made);
    return made;
  }

  /** In how many textures lies what was drawn last. */
  get tileCount(): number {
    return this.drawnTiles;
  }

  setFrame(frame: DrawnFrame): void {
    this.frame = frame;
    this.stale = { ...this.stale, whole: true, overview: true };
  }

  /** One byte per pixel, 0 = measured. Overviews are made without its pixels. */
  setMask(mask: Uint8Array<ArrayBuffer> | null): void {
    this.mask = mask;
    this.stale.mask = true;
  }

  /** The overview has no pixels that are masked, and none smaller than its own. */
  private isOverviewEnough(frame: DrawnFrame, view: ViewTransform, style: FrameStyle): boolean {
    return frame.overview !== null && style.showMask && view.scale * frame.overview.factor <= 1;
  }

  /** Brings what is needed onto the graphics card. */
  private layerFor(frame: DrawnFrame, isOverview: boolean): FrameLayer {
    const { stale, whole, overview } = this;
    if (isOverview && frame.overview) {
      if (stale.overview) overview.setPixels(frame.overview.pixels, frame.dtype, frame.overview.shape);
      stale.overview = false;
      return overview;
    }
    const tiles = whole.tiles;
    if (stale.whole) whole.setPixels(frame.pixels, frame.dtype, frame.shape);
    if (stale.mask || whole.tiles !== tiles) whole.setMask(this.mask);
    stale.whole = false;
    stale.mask = false;
    return whole;
  }

  private setInvalid(location: WebGLUniformLocation | null, { dtype }: DrawnFrame): void {
    const invalid = Number(dtypeInvalidValue(dtype));
    if (isFloatDtype(dtype) || dtype === 'u8' || dtype === 'i8') return;
    if (isSignedDtype(dtype)) this.gl.uniform1i(location, invalid);
    else this.gl.uniform1ui(location, invalid);
  }

  clear(): void {
    this.gl.clearColor(0, 0, 0, 0);
    this.gl.clear(this.gl.COLOR_BUFFER_BIT);
  }

  /** @param view image pixels → canvas (device) pixels */
  draw(view: ViewTransform, style: FrameStyle): void {
    const { gl, frame } = this;
    const { width, height } = gl.canvas;
    gl.viewport(0, 0, width, height);
    this.clear();
    if (!frame || width === 0 || height === 0) return;
    const isOverview = this.isOverviewEnough(frame, view, style);
    gl.activeTexture(gl.TEXTURE0);
    const layer = this.layerFor(frame, isOverview);
    const factor = isOverview ? frame.overview!.factor : 1;
    const texelsPerPixel = 1 / (view.scale * factor);
    const { program, locations } = this.program({
      sampler: textureFormat(gl, frame.dtype).kind,
      footprint: Math.min(MAX_FOOTPRINT, Math.max(1, Math.ceil(texelsPerPixel))),
      isMasking: style.showMask,
      hasMask: style.showMask && layer.tiles.some(({ mask }) => mask !== null),
      transfer: style.transfer,
    });
    gl.useProgram(program);
    const at = (name: string) => {
      if (!locations.has(name)) locations.set(name, gl.getUniformLocation(program, name));
      return locations.get(name) ?? null;
    };

    gl.activeTexture(gl.TEXTURE2);
    gl.bindTexture(gl.TEXTURE_2D, this.colours);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, style.colours);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
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
    gl.uniform4f(at('u_toTexel'), view.x, view.y, texelsPerPixel, height);
    gl.uniform2i(at('u_layerSize'), layer.shape[1], layer.shape[0]);
    gl.uniform2f(at('u_range'), style.low, style.high);
    gl.uniform3f(at('u_maskColour'), ...style.maskColour);
    this.setInvalid(at('u_invalid'), frame);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.corners);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);

    for (const { x, y, width: across, height: down, held, ...tile } of layer.tiles) {
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, tile.frame);
      gl.activeTexture(gl.TEXTURE1);
      // Without a mask any integer texture will do: the shader does not look.
      gl.bindTexture(gl.TEXTURE_2D, tile.mask);
      // The last block of an overview may reach beyond the image.
      const right = Math.min(frame.shape[1], (x + across) * factor);
      const bottom = Math.min(frame.shape[0], (y + down) * factor);
      gl.uniform2f(at('u_tileOrigin'), x * factor, y * factor);
      gl.uniform2f(at('u_tileSize'), right - x * factor, bottom - y * factor);
      gl.uniform2i(at('u_size'), held.width, held.height);
      gl.uniform2i(at('u_heldFrom'), held.x, held.y);
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    }
    this.drawnTiles = layer.tiles.length;
    gl.activeTexture(gl.TEXTURE0);
  }

  /** Frees the GPU's memory. The context stays with its canvas, which React may mount again. */
  close(): void {
    this.whole.clear();
    this.overview.clear();
    this.stale = { whole: true, overview: true, mask: true };
    this.gl.deleteTexture(this.colours);
    this.gl.deleteBuffer(this.corners);
    for (const { program } of this.programs.values()) this.gl.deleteProgram(program);
    this.programs.clear();
  }
}
