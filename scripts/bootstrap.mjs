#!/usr/bin/env node
/**
 * `node scripts/bootstrap.mjs NAME [args]`: brings packages and the right Node, then runs `scripts/NAME.ts`.
 * Plain JavaScript without dependencies: it starts on Node 20, before `node_modules` exists.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockHolder, takeLock } from './lib/folder-lock.mjs';
import { installPackages, isInstalled } from './lib/install-packages.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const LEAST_NODE = 20;
const OWN_NODE = 24;

function fail(sentence) {
  process.stderr.write(`beamdeck: ${sentence}\n`);
  process.exit(1);
}

function say(line) {
  process.stderr.write(`beamdeck: ${line}\n`);
}

function scriptOf(name) {
  const scripts = join(ROOT, 'scripts');
  if (name && /^[a-z][a-z0-9-]*$/.test(name) && existsSync(join(scripts, `${name}.ts`)))
    return join(scripts, `${name}.ts`);
  const names = readdirSync(scripts)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -3));
  return fail(
    `${name ? `there is no command "${name}"` : 'say which command'}: one of ${names.sort().join(', ')}.`,
  );
}

async function ensurePackages() {
  if (isInstalled(ROOT)) return;
  const locks = join(ROOT, '.data', 'lock');
  mkdirSync(join(ROOT, '.data'), { recursive: true, mode: 0o700 });
  // Packages must not vanish under a running Beamdeck.
  const running = lockHolder(join(locks, 'up.json'));
  if (running) {
    fail(
      `the packages have changed, but Beamdeck is running from this folder (process ${running.pid}): stop it first.`,
    );
  }
  const lock = takeLock(join(locks, 'install.json'));
  if (lock.holder) {
    fail(
      `another start is installing the packages in this folder (process ${lock.holder.pid}): wait for it, then start again.`,
    );
  }
  try {
    if (isInstalled(ROOT)) return;
    say('installing packages (once per version, a minute or two) …');
    const seconds = await installPackages(ROOT);
    say(`packages installed in ${seconds.toFixed(0)} s.`);
  } finally {
    lock.release();
  }
}

/** The project's own Node where there is one for this machine, else the Node that runs this, if new enough. */
function nodeBinary() {
  const own = join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(own)) return own;
  if (Number.parseInt(process.versions.node, 10) >= OWN_NODE) return process.execPath;
  return fail(
    `no Node of its own for ${process.platform} ${process.arch}; install Node ${OWN_NODE} or newer (this is ${process.versions.node}).`,
  );
}

/** The parent, and where that is the shell npm starts a script in, npm itself above it. */
function starters() {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    const isShell = /^(da|ba|z|k)?sh$/.test(stat.slice(stat.indexOf('(') + 1, end));
    return isShell ? [parent, stat.slice(end + 2).split(' ')[1]] : [parent];
  } catch {
    return [parent]; // no /proc here, or the parent is just gone: its number tells
  }
}

function run(node, script, args) {
  const child = spawn(node, [script, ...args], {
    cwd: ROOT,
    // The IPC channel carries nothing: it closes when this process dies, however it dies, and the script stops itself.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, INIT_CWD: process.env.INIT_CWD ?? process.cwd() },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm killed with SIGKILL cannot pass anything on; its disappearance is seen here.
  if (process.env.npm_lifecycle_event) {
    const before = starters().join();
    setInterval(() => {
      if (starters().join() !== before) child.kill('SIGTERM');
    }, 1000).unref();
  }
  child.on('error', (error) => {
    if (error.code === 'EACCES')
      fail(`${node} may not be executed: is this folder on a file system mounted noexec?`);
    if (error.code === 'ENOENT')
      fail(`${node} does not run here: it needs a Linux with glibc. Install Node ${OWN_NODE} or newer.`);
    fail(`${node} cannot be started: ${error.message}`);
  });
  child.on('exit', (code, signal) => {
    if (code === null) say(`stopped by ${signal}.`);
    // As a shell reports it: 128 + number of the signal.
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 15);
  });
}

const [name, ...args] = process.argv.slice(2);
if (Number.parseInt(process.versions.node, 10) < LEAST_NODE) {
  fail(`Node ${LEAST_NODE} or newer is needed, this is ${process.versions.node}.`);
}
try {
  const script = scriptOf(name);
  await ensurePackages();
  run(nodeBinary(), script, args);
} catch (error) {
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    fail(
      `no permission for ${error.path}: start Beamdeck as the owner of this folder, or clone it where you may write.`,
    );
  }
  if (error.code === 'ENOSPC') fail('the disk is full: free some space and start again.');
  fail(error.message);
}
