import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ClearFault, explain } from './lib/clear-fault.ts';
import { takeLock } from './lib/folder-lock.mjs';
import { CommonLog } from './up/common-log.ts';
import { type DataFolder, dataFolder, emptyDataFolder, prepareDataFolder } from './up/data-folder.ts';
import { endRuns } from './up/end-runs.ts';
import { parseUpOptions, UP_HELP, type UpOptions } from './up/options.ts';
import { type DemoFile, startAll } from './up/start-all.ts';
import { Supervisor } from './up/supervisor.ts';

/** `npm run up`: the whole of Beamdeck on this machine, in the foreground, until Ctrl-C. */

const ROOT = join(import.meta.dirname, '..');
/** A terminal's Ctrl-C reaches this process twice, from the terminal and from `bootstrap.mjs`: one wish. */
const SAME_WISH_MS = 700;

function readyText(demo: DemoFile, demoFile: string): string {
  const width = Math.max(...demo.accounts.map(({ email }) => email.length), 0);
  const rows = demo.accounts.map(
    ({ email, password, role }) => `  ${email.padEnd(width)}  ${password}  ${role}`,
  );
  return ['', `Demo accounts (also in ${demoFile}):`, ...rows, `Beamdeck is ready at ${demo.web}`].join('\n');
}

/** Resolves with a fault when something crashes, with null when somebody asks to stop. */
function untilEnd(
  options: UpOptions,
  folder: DataFolder,
  note: (text: string) => void,
): Promise<{ fault: ClearFault | null; stop: () => Promise<void> }> {
  return new Promise((resolve) => {
    let log: CommonLog | null = null;
    let ended = false;
    let askedAt = 0;
    const end = (fault: ClearFault | null) => {
      if (ended) return;
      ended = true;
      resolve({
        fault,
        async stop() {
          await supervisor.stopAll();
          if (log) await endRuns(folder.runs, log);
          log?.close();
        },
      });
    };
    log = new CommonLog(folder.log, (error) => end(explain(error, 'writing the log')));
    const supervisor = new Supervisor({
      log,
      keepGoing: options.keepGoing,
      onCrash: end,
      onChange: (running) => {
        const pids = Object.fromEntries(running.map((each) => [each.name, each.pid]));
        // Whole or not at all: others read it at any moment.
        const partial = `${folder.pidsFile}.partial`;
        writeFileSync(partial, `${JSON.stringify({ up: process.pid, ...pids })}\n`, { mode: 0o600 });
        renameSync(partial, folder.pidsFile);
      },
    });
    const ask = () => {
      const now = Date.now();
      if (askedAt === 0) {
        askedAt = now;
        log?.info('stopping (once more to stop at once)');
        end(null);
      } else if (now - askedAt > SAME_WISH_MS) {
        supervisor.killAll();
        process.exit(1);
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
    // bootstrap.mjs is gone (killed with SIGKILL): nobody could stop this any more.
    process.on('disconnect', ask);
    process.channel?.unref();
    // The terminal is gone.
    process.stdout.on('error', ask);
    startAll(ROOT, options, folder, supervisor, log).then(
      (demo) => {
        if (ended) return;
        note(demo.web);
        log?.say(readyText(demo, folder.demoFile));
      },
      (error: unknown) => end(explain(error, 'starting')),
    );
  });
}

async function main(): Promise<number> {
  const options = parseUpOptions(process.argv.slice(2), ROOT, process.env.INIT_CWD ?? process.cwd());
  if (options.help) {
    process.stdout.write(UP_HELP);
    return 0;
  }
  const folder = dataFolder(options.dataDir);
  const lock = takeLock(folder.lock);
  if (lock.holder) {
    const where = lock.holder.note ? ` at ${lock.holder.note}` : '';
    throw new ClearFault(
      `Beamdeck already runs from this folder${where} (process ${lock.holder.pid}): use that one, or stop it with Ctrl-C in its terminal.`,
    );
  }
  try {
    if (options.fresh && existsSync(folder.dir)) {
      if (process.env.DATABASE_URL) {
        throw new ClearFault(
          '--fresh does not empty a database of your own (DATABASE_URL): empty it yourself, then start again.',
        );
      }
      await emptyDataFolder(folder);
    }
    await prepareDataFolder(folder);
    const { fault, stop } = await untilEnd(options, folder, (text) => lock.note(text));
    await stop();
    if (fault) throw fault;
    return 0;
  } finally {
    lock.release();
  }
}

try {
  // Handles of a half-made start must not keep the process: everything that runs has been stopped here.
  process.exit(await main());
} catch (error) {
  process.stderr.write(`beamdeck: ${explain(error, 'starting').message}\n`);
  process.exit(1);
}
