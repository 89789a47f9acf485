import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * A lock that outlives no process: a small JSON file {pid, started, note}. Plain JavaScript, because `bootstrap.mjs` needs
 * it before anything is installed.
 */

/** Start of a process in clock ticks since boot (proc(5), field 22), so that a reused pid is not taken for the holder. */
export function processStart(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie (state Z) has ended; only its parent has not noticed.
    return fields[0] === 'Z' ? null : fields[19];
  } catch {
    return null;
  }
}

export function isAlive({ pid, started }) {
  if (process.platform === 'linux') {
    const now = processStart(pid);
    return now !== null && (started === null || started === undefined || now === started);
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Who holds the lock now, or null. A lock whose process has ended counts as free. */
export function lockHolder(file) {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
  let holder;
  try {
    holder = JSON.parse(text);
  } catch {
    return null; // cut off by a crash or a full disk while it was written: nobody holds it
  }
  return Number.isInteger(holder?.pid) && isAlive(holder) ? holder : null;
}

/**
 * Takes the lock and returns `{ holder: null, release, note }`, or `{ holder }` when a living process has it. `note` rewrites what
 * the file says about the holder (an address, say).
 */
export function takeLock(file, note = '') {
  mkdirSync(dirname(file), { recursive: true });
  const mine = { pid: process.pid, started: processStart(process.pid), note };
  const temporary = `${file}.${process.pid}`;
  for (;;) {
    const holder = lockHolder(file);
    if (holder) return { holder };
    const fd = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(fd, JSON.stringify(mine));
    } finally {
      closeSync(fd);
    }
    try {
      // link() fails when the name exists and shows the whole content at once: two starters cannot both win.
      linkSync(temporary, file);
      unlinkSync(temporary);
      break;
    } catch (error) {
      unlinkSync(temporary);
      if (error.code !== 'EEXIST') throw error;
      // Taken aside rather than removed: another starter may have put its own in the place of the stale one just now.
      const aside = `${temporary}.stale`;
      try {
        renameSync(file, aside);
      } catch (gone) {
        if (gone.code !== 'ENOENT') throw gone;
        continue;
      }
      const again = lockHolder(aside);
      if (again && !existsSync(file)) linkSync(aside, file);
      unlinkSync(aside);
      if (again) return { holder: again };
    }
  }
  const stillMine = () => lockHolder(file)?.pid === process.pid;
  return {
    holder: null,
    note(text) {
      if (stillMine()) writeFileSync(file, JSON.stringify({ ...mine, note: text }));
    },
    release() {
      if (stillMine()) unlinkSync(file);
    },
  };
}
