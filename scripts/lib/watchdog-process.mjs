import { isAlive } from './folder-lock.mjs';

/** The process behind `watchdog.ts`: remembers pids from stdin, ends them when stdin closes. */

const watched = new Map();
let rest = '';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false; // it has ended meanwhile, which is all that is wanted
  }
}

async function endAll() {
  for (const entry of [...watched.values()].reverse()) {
    if (!isAlive(entry)) continue;
    signal(entry.pid, entry.signal);
    const until = Date.now() + entry.graceMs;
    while (isAlive(entry) && Date.now() < until) await sleep(50);
    // Children lead process groups of their own: what they started goes with them.
    if (isAlive(entry) && !signal(-entry.pid, 'SIGKILL')) signal(entry.pid, 'SIGKILL');
  }
}

process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    if (line.startsWith('+ ')) {
      const entry = JSON.parse(line.slice(2));
      watched.set(entry.pid, entry);
    } else if (line.startsWith('- ')) {
      watched.delete(Number(line.slice(2)));
    }
  }
});
process.stdin.on('close', endAll);
// The terminal's Ctrl-C and a session's end are for the parent; the dog goes when the parent goes.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined);
