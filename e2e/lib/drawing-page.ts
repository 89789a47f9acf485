import { type ColourMapName, colourTable } from '#src/features/viewer/colour-maps.ts';
import { type DrawnFrame, FrameRenderer, type Transfer } from '#src/features/viewer/frame-renderer.ts';
import { shadeOf } from '#src/features/viewer/frame-shade.ts';
import type { ViewTransform } from '#src/features/viewer/view-transform.ts';
import { binMaximum } from '#src/shared/model/bin-maximum.ts';
import { createDtypeArray, type Dtype, dtypeInvalidValue } from '#src/shared/model/dtype.ts';

/*
 * In an empty page of the browser: the viewer's own drawing, its pixels read back. Beside a graphics card that holds whole frames one that
 * holds textures of 2048 pixels, and beside the colours that are drawn those that are computed.
 */

const SMALL_SIDE = 2048;
const MASK_COLOUR = [1, 0, 0] as const;

interface Looks {
  view: ViewTransform;
  low: number;
  high: number;
  colourMap: ColourMapName;
  inverted: boolean;
  transfer: Transfer;
  showMask: boolean;
}

class Screen {
  readonly gl: WebGL2RenderingContext;
  readonly renderer: FrameRenderer;

  constructor(width: number, height: number, isSmall: boolean) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    this.renderer = new FrameRenderer(canvas);
    this.gl = canvas.getContext('webgl2')!;
    const { gl } = this;
    const getParameter = gl.getParameter.bind(gl);
    if (isSmall)
      gl.getParameter = (name: number) => (name === gl.MAX_TEXTURE_SIZE ? SMALL_SIDE : getParameter(name));
  }

  /** RGBA, the lowest row first. */
  drawn(looks: Looks): Uint8Array {
    const { view, colourMap, inverted, ...style } = looks;
    const colours = colourTable(colourMap, inverted);
    this.renderer.draw(view, { ...style, colours, maskColour: MASK_COLOUR });
    const { width, height } = this.gl.canvas;
    const pixels = new Uint8Array(width * height * 4);
    this.gl.readPixels(0, 0, width, height, this.gl.RGBA, this.gl.UNSIGNED_BYTE, pixels);
    return pixels;
  }
}

const PLAIN: Omit<Looks, 'view'> = {
  ...{ low: 0, high: 250, colourMap: 'viridis', inverted: false, transfer: 'sqrt', showMask: true },
};

/** A frame in which every pixel has another value than those about it, with a mask of single pixels and a gap. */
function patterned([rows, columns]: readonly [number, number]) {
  const pixels = new Uint16Array(rows * columns);
  const mask = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const mixed = Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24;
    pixels[i] = mixed;
    if (mixed === 77 || (i % columns) % 1040 > 1027) mask[i] = 1;
    if (mixed === 78) pixels[i] = 65_535;
  }
  return { pixels, mask };
}

/** Views of a frame in several textures: how many each took, and how many pixels of the screen differ from those of one texture. */
function tilesAgainstOne(): { what: string; tiles: number; differing: number }[] {
  const shape = [2500, 4148] as const;
  const { pixels, mask } = patterned(shape);
  const frame: DrawnFrame = { pixels, dtype: 'u2', shape, overview: null };
  const screens = [false, true].map((isSmall) => {
    const screen = new Screen(700, 500, isSmall);
    screen.renderer.setFrame(frame);
    screen.renderer.setMask(mask);
    return screen;
  });
  // About the corner at which four tiles meet.
  const corner = SMALL_SIDE - 16;
  const at = (scale: number, dx = 0, dy = 0): ViewTransform => ({
    scale,
    x: 350 - corner * scale + dx,
    y: 250 - corner * scale + dy,
  });
  const views: [string, ViewTransform, boolean][] = [
    ['the whole frame', { scale: 0.165, x: 3.4, y: 40.7 }, true],
    ['the whole frame, masked pixels too', { scale: 0.165, x: 3.4, y: 40.7 }, false],
    ['a third', at(1 / 3, 0.2, 0.9), true],
    ['one to one', at(1), true],
    ['enlarged', at(2.7, 0.31, -0.77), true],
    ['single pixels', at(33, 5.5, 0.25), true],
  ];
  return views.map(([what, view, showMask]) => {
    const [one, many] = screens.map((screen) => screen.drawn({ ...PLAIN, view, showMask }));
    let differing = 0;
    for (let i = 0; i < one!.length; i++) if (one![i] !== many![i]) differing++;
    if (screens[0]!.renderer.tileCount !== 1) throw new Error('the graphics card holds no whole frame');
    return { what, tiles: screens[1]!.renderer.tileCount, differing };
  });
}

/** Zoomed out, the overview: how many screen pixels differ from those drawn of all pixels, where each block is one pixel of the screen. */
function overviewAgainstAll(): { differing: number; shownAll: number } {
  const shape = [1211, 1607] as const;
  const { pixels, mask } = patterned(shape);
  const factor = 4;
  const invalid = dtypeInvalidValue('u2');
  const overview = { ...binMaximum(pixels, 'u2', shape, factor, { mask, invalid }), factor };
  const screen = new Screen(410, 310, false);
  const looks = { ...PLAIN, view: { scale: 1 / factor, x: 0, y: 0 } };
  screen.renderer.setMask(mask);
  screen.renderer.setFrame({ pixels, dtype: 'u2', shape, overview });
  const small = screen.drawn(looks);
  // With the mask's pixels shown as counted there is no overview to use.
  screen.renderer.setFrame({ pixels, dtype: 'u2', shape, overview: null });
  const all = screen.drawn({ ...looks, view: { scale: 1 / factor, x: 0, y: 0 } });
  let differing = 0;
  let shownAll = 0;
  for (let i = 0; i < all.length; i += 4) {
    if (all[i + 3] !== 0) shownAll++;
    if ([0, 1, 2, 3].some((c) => all[i + c] !== small[i + c])) differing++;
  }
  return { differing, shownAll };
}

const COUNTS = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 120];
const RANGE = { low: 1, high: 89 };
const PIXEL = 8;
const TYPES: readonly Dtype[] = ['u1', 'u2', 'u4', 'i1', 'i2', 'i4', 'u8', 'f4', 'f8'];
const MAPS: readonly ColourMapName[] = ['grey', 'heat', 'viridis', 'inferno', 'rainbow'];
const TRANSFERS: readonly Transfer[] = ['linear', 'log', 'sqrt'];

function computed(count: number, { colourMap, inverted, transfer }: Looks): number[] {
  const at = Math.floor(shadeOf(count, RANGE, transfer) * 255 + 0.5) * 4;
  return [...colourTable(colourMap, inverted).subarray(at, at + 3)];
}

/** Colours of known counts: how many were looked at, and those that are farther than a 255th from what is computed. */
function coloursOfCounts(): { looked: number; wrong: string[] } {
  const wrong: string[] = [];
  let looked = 0;
  const screen = new Screen((COUNTS.length + 1) * PIXEL, PIXEL, false);
  for (const dtype of TYPES) {
    const pixels = createDtypeArray(dtype, COUNTS.length + 1);
    for (const [n, count] of COUNTS.entries()) pixels[n] = dtype === 'u8' ? BigInt(count) : count;
    // The last one is not measured.
    pixels[COUNTS.length] = dtypeInvalidValue(dtype);
    screen.renderer.setFrame({ pixels, dtype, shape: [1, COUNTS.length + 1], overview: null });
    for (const colourMap of MAPS)
      for (const transfer of TRANSFERS)
        for (const inverted of [false, true]) {
          const looks = {
            ...PLAIN,
            ...RANGE,
            colourMap,
            transfer,
            inverted,
            view: { scale: PIXEL, x: 0, y: 0 },
          };
          const drawn = screen.drawn(looks);
          for (const [n, count] of [...COUNTS, null].entries()) {
            const at = ((PIXEL / 2) * (COUNTS.length + 1) * PIXEL + n * PIXEL + PIXEL / 2) * 4;
            const wanted = count === null ? MASK_COLOUR.map((c) => c * 255) : computed(count, looks);
            looked++;
            if (wanted.some((value, c) => Math.abs(value - drawn[at + c]!) > 1))
              wrong.push(
                `${dtype} ${colourMap} ${transfer} ${inverted} ${count}: ${drawn.slice(at, at + 3)} for ${wanted}`,
              );
          }
        }
  }
  return { looked, wrong };
}

Object.assign(globalThis, { tilesAgainstOne, overviewAgainstAll, coloursOfCounts });
