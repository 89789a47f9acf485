import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobInput } from '#src/shared/contracts/job-run.ts';
import { FrameFeed } from '../lib/frame-feed.ts';
import { numberParameter, readInput } from '../lib/read-input.ts';
import { writeMetrics, writePlots, writeProgress } from '../lib/write-report.ts';
import { type LookSettings, SeriesLook } from './series-look.ts';
import { SpotsReport } from './spots-report.ts';

const PROGRESS_EVERY_MS = 300;
const PLOTS_EVERY_MS = 1500;
/** Reports of long series take longer to write; frames come first. */
const REPORT_SHARE = 0.1;
const LOOK_AT_FEED_MS = 50;
/** Kept of the time limit to say what was found until then. */
const LAST_WORDS_SHARE = 0.05;
/** A job that waited while Beamdeck was updated knows nothing of these. */
const LATER_PARAMETERS: Readonly<Record<string, number>> = { hitSpots: 10, patienceS: 60 };

const say = (line: string) => process.stdout.write(`${line}\n`);

const input = await readInput();
const number = (name: string): number => {
  const usual = LATER_PARAMETERS[name];
  return usual !== undefined && !(name in input.parameters) ? usual : numberParameter(input, name);
};

/** A report that is written now and then, more seldom when writing takes long. */
class Report {
  private notBeforeMs: number;
  private readonly everyMs: number;
  private readonly write: () => Promise<void>;

  constructor(everyMs: number, write: () => Promise<void>) {
    this.everyMs = everyMs;
    this.write = write;
    this.notBeforeMs = performance.now() + everyMs;
  }

  async now(): Promise<void> {
    const beginMs = performance.now();
    await this.write();
    const nowMs = performance.now();
    this.notBeforeMs = nowMs + Math.max(this.everyMs, (nowMs - beginMs) / REPORT_SHARE);
  }

  async ifDue(): Promise<void> {
    if (performance.now() >= this.notBeforeMs) await this.now();
  }
}

/** Why no more is looked at although more may come. */
type EndedEarly = 'patience' | 'time' | null;

class FastFeedback {
  private readonly startedMs = performance.now();
  private readonly look: SeriesLook;
  private feed: FrameFeed | null;
  private newsMs = performance.now();
  private toldRest = 0;
  private lookedAtFeedMs = 0;
  private expected: number | null;
  private readonly endMs: number;
  private readonly patienceMs = number('patienceS') * 1000;
  private readonly reports: Report[];
  private readonly spots = new SpotsReport(input.outDir, input.workDir);

  constructor(look: SeriesLook) {
    const { timeLimitS, dataset } = input;
    this.look = look;
    this.feed = FrameFeed.of(input);
    this.expected = dataset?.framesExpected ?? null;
    this.endMs = this.startedMs + (timeLimitS ?? Number.POSITIVE_INFINITY) * 1000 * (1 - LAST_WORDS_SHARE);
    this.reports = [
      new Report(PROGRESS_EVERY_MS, () => this.tellProgress()),
      new Report(PROGRESS_EVERY_MS, () => writeMetrics(look.summary.metrics(look.storedFrames))),
      new Report(PLOTS_EVERY_MS, () => writePlots(look.summary.plots())),
      new Report(PLOTS_EVERY_MS, () => this.spots.tell(look.spots)),
    ];
  }

  /** Until all is looked at and nothing more comes. */
  async run(): Promise<EndedEarly> {
    if (this.feed) say('It is still being received: frames are looked at as they are stored.');
    for (;;) {
      await this.hearNews();
      if (performance.now() > this.endMs) return 'time';
      if (await this.look.lookAtNext()) {
        this.newsMs = performance.now();
        for (const report of this.reports) await report.ifDue();
        continue;
      }
      if (!this.feed) return null;
      if (performance.now() - this.newsMs > this.patienceMs) return 'patience';
      // Whoever waits wants to see all that there is.
      await this.tellRest();
      await sleep(LOOK_AT_FEED_MS);
    }
  }

  private async tellRest(): Promise<void> {
    if (this.toldRest === this.look.looked) return;
    this.toldRest = this.look.looked;
    for (const report of this.reports) await report.now();
  }

  private async hearNews(): Promise<void> {
    const nowMs = performance.now();
    if (!this.feed || nowMs - this.lookedAtFeedMs < LOOK_AT_FEED_MS) return;
    this.lookedAtFeedMs = nowMs;
    const news = await this.feed.news();
    if (!news) return;
    if (!news.dataset) {
      throw new Error('The dataset was given to another experiment: nothing more of it is looked at here.');
    }
    this.expected = news.dataset.framesExpected;
    if (await this.look.learn(news.dataset)) this.newsMs = nowMs;
    if (!news.dataset.isReceiving) this.feed = null;
  }

  private async tellProgress(): Promise<void> {
    const { looked, chosen, summary } = this.look;
    const total = this.feed ? Math.max(chosen, Math.min(this.expected ?? 0, number('maxFrames'))) : chosen;
    const hits = summary.hitRate();
    const words = [
      `${looked} of ${chosen} ${this.feed ? 'stored ' : ''}frames${total > chosen ? ` (of ${total} in all)` : ''}`,
      ...(hits === null ? [] : [`${hits} % hits`]),
    ];
    await writeProgress({ done: looked, total, text: words.join(', ') });
  }

  async conclude(early: EndedEarly): Promise<void> {
    const { look } = this;
    look.conclude();
    if (early === 'patience') {
      say(
        `Nothing new was stored for ${this.patienceMs / 1000} s. What comes now is not looked at: run it again then.`,
      );
    }
    if (early === 'time') {
      const left = look.chosen - look.looked;
      say(
        `The time of this job is over: ${left} stored frames were not looked at, and none that come now are.`,
      );
    }
    const metrics = look.summary.metrics(look.storedFrames);
    // People wait for these; files can follow.
    await writeMetrics(metrics);
    await writePlots(look.summary.plots());
    await this.spots.conclude(look.spots);
    if (look.spots.omitted.size > 0) {
      say(
        `The spots of ${look.spots.omitted.size} frames had no room in found.spots; they are counted all the same.`,
      );
    }
    const { frames, unreadable } = look.summary;
    await writeFile(join(input.outDir, 'per-frame.csv'), look.summary.csv());
    const told = {
      dataset: input.dataset?.base,
      channel: look.channel.name,
      parameters: input.parameters,
      withoutResolution: look.withoutResolution,
      metrics,
      endedEarly: early,
      framesUnreadable: [...unreadable].sort((a, b) => a - b).map((frame) => frame + 1),
      frames: frames.map(({ frame, ...rest }) => ({ frame: frame + 1, ...rest })),
    };
    await writeFile(join(input.outDir, 'fast-feedback.json'), JSON.stringify(told, null, 1));
    await this.tellProgress();
    const seconds = (performance.now() - this.startedMs) / 1000;
    say(`Done: ${frames.length} frames in ${seconds.toFixed(1)} s.`);
    if ((look.chosen > 0 || look.unlocated > 0) && frames.length === 0) {
      say('No frame could be read.');
      process.exitCode = 1;
    }
  }
}

function settingsOf(): LookSettings {
  return {
    maxFrames: number('maxFrames'),
    lowResolutionA: number('lowResolutionA'),
    hitSpots: number('hitSpots'),
    strongSigma: number('strongSigma'),
    dispersionSigma: number('dispersionSigma'),
    minSpotPixels: number('minSpotPixels'),
  };
}

async function run({ dataset, treeDir }: JobInput): Promise<void> {
  if (!dataset) throw new Error('There is no dataset to look at.');
  const look = await SeriesLook.begin(treeDir, settingsOf(), dataset, say);
  const feedback = new FastFeedback(look);
  await feedback.conclude(await feedback.run());
  await look.close();
}

await run(input);
