/*
 * In the page of the viewer, before any script of it: sees what the page asks of its workers and of the graphics card, and tells how long it takes
 * until a picture is drawn. "Drawn" means that its pixels can be read: the graphics card, or what stands for it, is done with it.
 */

export interface Taken {
  ms: number;
  /** Frames asked of the workers meanwhile. */
  asked: number;
  /** Textures of more than a small picture brought to the graphics card meanwhile. */
  uploads: number;
}

export interface ViewerProbe {
  /** Since the page was asked for, until its first frame was drawn; null before. */
  firstFrameMs: number | null;
  interactiveMs(): number;
  renderer(): string;
  canvasSize(): { width: number; height: number };
  /** Presses a key and waits for that frame (1-based); null = for the next picture. */
  press(key: string, frame: number | null): Promise<Taken>;
  /** Moves the slider to a frame (1-based) and waits for it. */
  slideTo(frame: number): Promise<Taken>;
  /** Number of the frame that is shown; 0 = none. */
  shown(): number;
  /** How many different frames are drawn one after the other in so long a time. */
  framesDrawn(ms: number): Promise<number>;
  /** Shows preview or frame within `reach` of that frame; as soon as it does, how long that took from the press of the key. */
  pressUntilSeen(key: string, frame: number, reach: number): Promise<number>;
}

interface Wanted {
  isThere(): boolean;
  resolve(atMs: number): void;
}

const PATIENCE_MS = 120_000;
const SMALL_TEXELS = 65_536;
const counts = { asked: 0, uploads: 0, changes: 0 };
let wanted: Wanted | null = null;
let shownLast = 0;

const area = () => document.querySelector<HTMLElement>('[data-testid="frame-area"]');
const canvas = () => area()?.querySelector<HTMLCanvasElement>('[data-testid="frame-stage"] canvas') ?? null;
const shown = () => Number(area()?.dataset.frame ?? 0);

function finish(gl: WebGL2RenderingContext): number {
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  return performance.now();
}

function hearDraw(gl: WebGL2RenderingContext): void {
  if (gl.canvas !== canvas()) return;
  const frame = shown();
  if (frame !== shownLast) {
    shownLast = frame;
    counts.changes++;
  }
  if (probe.firstFrameMs === null && frame > 0) {
    probe.firstFrameMs = performance.now();
    queueMicrotask(() => {
      probe.firstFrameMs = finish(gl);
    });
  }
  if (!wanted?.isThere()) return;
  const { resolve } = wanted;
  wanted = null;
  // After all of its tiles.
  queueMicrotask(() => resolve(finish(gl)));
}

const gl = WebGL2RenderingContext.prototype;
const { drawArrays, texSubImage2D } = gl;
gl.drawArrays = function (...args) {
  drawArrays.apply(this, args);
  hearDraw(this);
};
gl.texSubImage2D = function (this: WebGL2RenderingContext, ...args: unknown[]) {
  if (Number(args[4]) * Number(args[5]) > SMALL_TEXELS) counts.uploads++;
  (texSubImage2D as (...all: unknown[]) => void).apply(this, args);
} as typeof texSubImage2D;
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (this: Worker, ...args: unknown[]) {
  const { kind } = (args[0] ?? {}) as { kind?: unknown };
  if (kind === 'frame' || kind === 'stack') counts.asked++;
  (postMessage as (...all: unknown[]) => void).apply(this, args);
} as typeof postMessage;

const pressKey = (key: string) => {
  const named = key.replace('Shift+', '');
  const event = { key: named, shiftKey: named !== key, bubbles: true, cancelable: true };
  document.body.dispatchEvent(new KeyboardEvent('keydown', event));
};

async function taken(act: () => void, isThere: () => boolean): Promise<Taken> {
  const { asked, uploads } = counts;
  const drawn = new Promise<number>((resolve, reject) => {
    wanted = { isThere, resolve };
    setTimeout(() => reject(new Error(`not drawn in time; shown is ${shown()}`)), PATIENCE_MS);
  });
  const begin = performance.now();
  act();
  const ms = (await drawn) - begin;
  return { ms, asked: counts.asked - asked, uploads: counts.uploads - uploads };
}

/** Preview of a frame close to this one, or the frame. */
function isSeen(frame: number, reach: number): boolean {
  if (shown() === frame) return true;
  const image = area()?.querySelector<HTMLImageElement>('img[alt$=", preview"]');
  const number = Number(/Frame (\d+),/.exec(image?.alt ?? '')?.[1]);
  return image?.complete === true && Math.abs(number - frame) <= reach;
}

const nextPaint = () => new Promise((resolve) => requestAnimationFrame(resolve));

const probe: ViewerProbe = {
  firstFrameMs: null,
  interactiveMs: () =>
    (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming).domInteractive,
  renderer() {
    const context = document.createElement('canvas').getContext('webgl2')!;
    const names = context.getExtension('WEBGL_debug_renderer_info');
    return String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER));
  },
  canvasSize: () => ({ width: canvas()!.width, height: canvas()!.height }),
  press: (key, frame) =>
    taken(
      () => pressKey(key),
      () => frame === null || shown() === frame,
    ),
  slideTo: (frame) =>
    taken(
      () => {
        const slider = document.querySelector<HTMLInputElement>('input[type=range][aria-label=Frame]')!;
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!.call(
          slider,
          String(frame),
        );
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      },
      () => shown() === frame,
    ),
  shown,
  async framesDrawn(ms) {
    const before = counts.changes;
    await new Promise((resolve) => setTimeout(resolve, ms));
    return counts.changes - before;
  },
  async pressUntilSeen(key, frame, reach) {
    const begin = performance.now();
    pressKey(key);
    await nextPaint();
    while (!isSeen(frame, reach)) {
      if (performance.now() - begin > PATIENCE_MS) throw new Error(`nothing of frame ${frame} was seen`);
      await nextPaint();
    }
    await nextPaint();
    return performance.now() - begin;
  },
};
Object.assign(globalThis, { probe });
