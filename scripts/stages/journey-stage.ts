import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBrowser } from '../ensure-browser.ts';
import { eachLine } from '../lib/child-lines.ts';
import { ClearFault } from '../lib/clear-fault.ts';
import { freePort } from '../lib/embedded-postgres.ts';
import { unwatch, watch } from '../lib/watchdog.ts';
import { dataFolder, emptyDataFolder } from '../up/data-folder.ts';
import { endOf } from '../up/supervisor.ts';
import {
  type Counts,
  failureLine,
  nodeTool,
  oneFailed,
  ROOT,
  runNode,
  type Stage,
  testEnvironment,
} from './stage.ts';

/** Browser journeys: Playwright against an `up` of its own, with data and ports of its own. */

const STOP_GRACE_MS = 60_000;
const KEPT_LINES = 60;
/** What a process said before it ended by itself. */
const LAST_WORDS = 12;

interface OwnUp {
  demoFile: string;
  lastLines(): string[];
  /** Processes that ended by themselves, as the log tells it. */
  crashes(): string[];
  stop(): Promise<void>;
}

async function startOwnUp(dataDir: string): Promise<OwnUp> {
  const replayPort = await freePort();
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'scripts', 'up.ts'),
      '--data-dir',
      dataDir,
      '--port',
      '0',
      '--replay-port',
      String(replayPort),
      // Journeys wait for the next series, and two cores do what is asked of all of them.
      ...['--frames', '40', '--pause', '20'],
      // Journeys kill processes on purpose; a process that ends by itself is counted below.
      '--keep-going',
    ],
    { cwd: ROOT, env: testEnvironment(), detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (child.pid !== undefined) watch({ pid: child.pid, signal: 'SIGTERM', graceMs: STOP_GRACE_MS });
  const lines: string[] = [];
  const crashes: string[] = [];
  let ready = false;
  const exited = endOf(child);
  await new Promise<void>((resolve, reject) => {
    const onLine = (line: string) => {
      if (line.startsWith('Beamdeck is ready at ')) {
        ready = true;
        resolve();
      }
      // While journeys run, every request is a line; what explains a failure is a warning or an error.
      if (ready && !/ (WARN|ERROR|FATAL) /.test(line)) return;
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      if (isCrash(line)) crashes.push(lines.slice(-LAST_WORDS).join('\n    '));
    };
    eachLine(child.stdout, onLine);
    eachLine(child.stderr, onLine);
    void exited.then((how) =>
      reject(new ClearFault(`Beamdeck did not start (${how}):\n  ${lines.join('\n  ')}`)),
    );
  });
  return {
    demoFile: join(dataDir, 'demo.json'),
    lastLines: () => lines,
    crashes: () => crashes,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      if (child.pid !== undefined) unwatch(child.pid);
    },
  };
}

/** Whether `up` says in this line that a process ended which nobody had killed (SIGKILL) or asked to stop (exit code 0). */
export const isCrash = (line: string): boolean =>
  / up +WARN .+ ended \((?!SIGKILL\)|exit code 0\))/.test(line);

/** What Playwright's JSON reporter writes, as far as it is read here. */
export interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  errors: { message?: string }[];
  suites?: PlaywrightSuite[];
}

interface PlaywrightSuite {
  file: string;
  suites?: PlaywrightSuite[];
  specs?: {
    title: string;
    tests: { status: string; results: { error?: { message?: string } }[] }[];
  }[];
}

/** The journeys of a suite that did not pass at the first try, a line each. */
function failuresOf(suite: PlaywrightSuite): string[] {
  const own = (suite.specs ?? []).flatMap(({ title, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected' || status === 'flaky')
      .map(({ status, results }) => {
        const why = results.find(({ error }) => error !== undefined)?.error?.message;
        return failureLine(
          suite.file,
          status === 'flaky' ? `${title} (passed at the second try)` : title,
          why,
        );
      }),
  );
  return [...own, ...(suite.suites ?? []).flatMap(failuresOf)];
}

/** A journey that passed only at the second try (in CI alone there is one) counts as passed, and is named like a failure. */
export function countsOfJourneys(report: PlaywrightReport, exitCode: number): Counts {
  const { expected, unexpected, flaky, skipped } = report.stats;
  const failed = unexpected + report.errors.length;
  const failures = [
    ...(report.suites ?? []).flatMap(failuresOf),
    ...report.errors.map(({ message }) => failureLine('e2e', 'outside a journey', message)),
  ];
  return {
    passed: expected + flaky,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped,
    failures,
  };
}

async function journeys(args: readonly string[]): Promise<Counts> {
  const dir = await mkdtemp(join(tmpdir(), 'beamdeck-journeys-'));
  const dataDir = join(dir, 'data');
  const report = join(dir, 'report.json');
  let up: OwnUp | null = null;
  try {
    const chromium = await ensureBrowser();
    up = await startOwnUp(dataDir);
    const { web } = JSON.parse(await readFile(up.demoFile, 'utf8')) as { web: string };
    const { code } = await runNode([nodeTool('@playwright', 'test', 'cli.js'), 'test', ...args], {
      env: {
        ...testEnvironment(),
        BEAMDECK_JOURNEY_WEB: web,
        BEAMDECK_JOURNEY_DEMO_FILE: up.demoFile,
        BEAMDECK_JOURNEY_CHROMIUM: chromium ?? '',
        PLAYWRIGHT_JSON_OUTPUT_NAME: report,
        ...(process.env.BEAMDECK_KILL_SEED ? { BEAMDECK_KILL_SEED: process.env.BEAMDECK_KILL_SEED } : {}),
      },
    });
    const text = await readFile(report, 'utf8').catch(() => null);
    if (text === null) return oneFailed;
    const counts = countsOfJourneys(JSON.parse(text) as PlaywrightReport, code);
    const crashes = up.crashes();
    if (crashes.length > 0)
      process.stdout.write(`processes ended by themselves:\n  ${crashes.join('\n  ')}\n`);
    counts.failed += crashes.length;
    counts.failures = [
      ...(counts.failures ?? []),
      ...crashes.map((words) =>
        failureLine('up', 'a process ended by itself', words.split('\n').at(-1)?.trim()),
      ),
    ];
    if (counts.failed > 0)
      process.stdout.write(
        `what up logged (from the start on, warnings and errors):\n  ${up.lastLines().join('\n  ')}\n`,
      );
    return counts;
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return oneFailed;
  } finally {
    await up?.stop();
    await emptyDataFolder(dataFolder(dataDir));
    await rm(dir, { recursive: true, force: true });
  }
}

export const journeyStage: Stage = {
  name: 'journeys',
  title: 'browser journeys',
  async run(args) {
    if (!existsSync(join(ROOT, 'e2e'))) {
      process.stdout.write('there is no folder e2e\n');
      return oneFailed;
    }
    return await journeys(args);
  },
};
