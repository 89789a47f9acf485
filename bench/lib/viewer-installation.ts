import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, type BrowserContext, chromium, type Page } from '@playwright/test';
import { build } from 'esbuild';
import { Push } from 'zeromq';
import { planSeries } from '#hub/simulator/beamline-programme.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { CHROMIUM_FLAGS, ensureBrowser } from '#scripts/ensure-browser.ts';
import { apiOfSession, eventually, type FacilityApi } from '#scripts/lib/facility-api.ts';
import { type DemoInstallation, signIn, startDemoInstallation } from './demo-installation.ts';
import type { ViewerProbe } from './viewer-probe.ts';

/** An installation with datasets of large detectors in it, and a browser that is signed in: for the benches of the viewer. */

export interface DetectorSeries {
  /** Of the simulator. */
  detector: string;
  dtype: string;
  frames: number;
  rateHz: number;
}

export interface ViewerInstallation {
  installation: DemoInstallation;
  api: FacilityApi;
  cookie: string;
  browser: Browser;
  /** Sends a series, and resolves with its dataset once all of it is stored and nothing is computed on it. */
  measure(series: DetectorSeries): Promise<string>;
  /** A window that nobody used before. */
  freshWindow(): Promise<BrowserContext>;
  stop(): Promise<void>;
}

/** Few are rendered, and sent over and over: a frame of 16M takes long to simulate. */
const RENDERED = 6;
const VIEWPORT = { width: 1440, height: 900 };

/** What runs in pages of the browser, from `bench/lib`. */
export async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    ...{ entryPoints: [`${import.meta.dirname}/${entry}`], bundle: true, write: false, format: 'esm' },
    ...{ platform: 'browser', target: 'es2022', logLevel: 'error' },
  });
  return outputFiles[0]!.text;
}

/** Jobs that the demo strategy starts with a dataset would want the cores. */
async function withoutJobs(api: FacilityApi, datasetId: string): Promise<void> {
  let quiet = 0;
  await eventually('no job runs', 300_000, async (note) => {
    const { items } = await api.jobs.list.query({ datasetId, limit: 10 });
    const running = items.filter(({ state }) => !['succeeded', 'failed', 'cancelled'].includes(state));
    note(running.map(({ state }) => state));
    // One that has just ended refuses, which is as good.
    for (const { id } of running) await api.jobs.cancel.mutate({ jobId: id }).catch(() => undefined);
    quiet = running.length === 0 ? quiet + 1 : 0;
    return quiet > 5 ? true : null;
  });
}

export async function startViewerInstallation(): Promise<ViewerInstallation> {
  const installation = await startDemoInstallation();
  const closers: (() => unknown)[] = [() => installation.stop()];
  const stop = async () => {
    for (const close of closers.reverse()) await close();
  };
  try {
    const cookie = await signIn(installation, 'staff');
    const api = apiOfSession(installation.web, cookie);
    const push = new Push({ linger: 0, sendHighWaterMark: 4 });
    closers.push(() => push.close());
    await push.bind(installation.detectorEndpoint);
    const browser = await chromium.launch({
      executablePath: (await ensureBrowser()) ?? undefined,
      // The graphics card, where there is one.
      args: [...CHROMIUM_FLAGS.filter((flag) => flag !== '--disable-gpu'), '--enable-unsafe-swiftshader'],
    });
    closers.push(() => browser.close());
    let seriesId = 0;
    return {
      ...{ installation, api, cookie, browser, stop },
      async measure({ detector, dtype, frames, rateHz }) {
        seriesId++;
        const prefix = `bench/${detector}`;
        const options = parseSimulatorOptions([
          ...['--detector', detector, '--dtype', dtype, '--rate', `${rateHz}`, '--frames', `${frames}`],
          ...['--prerender', `${RENDERED}`, '--crystal', 'lysozyme', '--prefix-template', prefix],
        ]);
        const series = new SimulatedSeries(new SimulatedDetector(options), planSeries(options).next().value, {
          ...{ seriesId, seriesUniqueId: `BENCH0000000000000000000${seriesId}` },
          armDate: new Date().toISOString(),
        });
        await push.send(series.start());
        const beginMs = performance.now();
        for (let frame = 0; frame < frames; frame++) {
          const waitMs = beginMs + (frame * 1000) / rateHz - performance.now();
          if (waitMs > 1) await sleep(waitMs);
          await push.send(series.image(frame));
        }
        await push.send(series.end());
        const datasetId = await eventually(`the dataset of ${detector}`, 300_000, async (note) => {
          const experimentId = installation.experiment.id;
          const { items } = await api.datasets.list.query({ experimentId, search: detector, limit: 5 });
          note(items.map(({ base, state, framesStored }) => ({ base, state, framesStored })));
          const whole = items.find(
            ({ state, framesStored }) => state !== 'receiving' && framesStored === frames,
          );
          return whole?.id ?? null;
        });
        await withoutJobs(api, datasetId);
        return datasetId;
      },
      async freshWindow() {
        const context = await browser.newContext({ viewport: VIEWPORT });
        const cookies = cookie.split('; ').map((pair) => {
          const cut = pair.indexOf('=');
          return { name: pair.slice(0, cut), value: pair.slice(cut + 1), url: installation.web };
        });
        await context.addCookies(cookies);
        return context;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

export const frameAddress = (
  { installation }: ViewerInstallation,
  datasetId: string,
  frame: number,
  query = '',
) =>
  `${installation.web}/experiments/${installation.experiment.code}/datasets/${datasetId}/frames/${frame}${query}`;

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};
export const median = (values: readonly number[]): number => percentile(values, 0.5);
export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** Waits until the page (with `viewer-probe.ts` in it) shows this frame, 1-based; null = any. */
export async function untilShown(page: Page, frame: number | null): Promise<void> {
  await page.waitForFunction(
    (wanted) => {
      const { probe } = globalThis as unknown as { probe: ViewerProbe };
      return wanted === null ? probe.firstFrameMs !== null : probe.shown() === wanted;
    },
    frame,
    { timeout: 120_000 },
  );
}
