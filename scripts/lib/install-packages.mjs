import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Decides whether `node_modules` is what the lockfile says, and makes it so. Plain JavaScript: runs before anything is installed. */

const STAMP = ['node_modules', '.beamdeck-install.json'];

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
}

/** Hash that a finished install leaves behind; platform and CPU belong to it since a folder may be carried to another machine. */
export function installHash(lockText, platform = process.platform, arch = process.arch) {
  return createHash('sha256').update(`${platform} ${arch}\n`).update(lockText).digest('hex');
}

/**
 * Whether npm's own record of the tree (`node_modules/.package-lock.json`) agrees with the lockfile, so that a developer's
 * `npm install` is not done over. Optional packages and those bound to a platform may be absent.
 */
export function treeMatchesLock(lockText, treeText) {
  const wanted = JSON.parse(lockText).packages ?? {};
  const present = JSON.parse(treeText).packages ?? {};
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const here = present[path];
    if (here === undefined && !entry.optional && !entry.devOptional && !entry.os && !entry.cpu) return false;
    if (here !== undefined && here.version !== entry.version) return false;
  }
  return Object.entries(present).every(([path, entry]) => path in wanted || entry.extraneous);
}

/** True when nothing needs to be installed. */
export function isInstalled(root) {
  const lockText = readText(join(root, 'package-lock.json'));
  if (lockText === null)
    throw new Error('package-lock.json is missing: this is not a whole copy of Beamdeck.');
  const hash = installHash(lockText);
  const stamp = readText(join(root, ...STAMP));
  if (stamp !== null && JSON.parse(stamp).hash === hash) return true;
  const treeText = readText(join(root, 'node_modules', '.package-lock.json'));
  if (treeText === null || !treeMatchesLock(lockText, treeText)) return false;
  writeFileSync(join(root, ...STAMP), JSON.stringify({ hash }));
  return true;
}

/** The one sentence for a failed `npm ci`, from what it printed. */
export function installFault(output) {
  const has = (...words) => words.some((word) => output.includes(word));
  if (has('ENOSPC')) return 'The disk is full: packages need about 1.5 GB. Free some space and start again.';
  if (has('EACCES', 'EPERM', 'EROFS'))
    return 'No permission to write here: start Beamdeck as the owner of this folder, or clone it where you may write.';
  if (
    has(
      'ENOTFOUND',
      'EAI_AGAIN',
      'ECONNREFUSED',
      'ECONNRESET',
      'ETIMEDOUT',
      'ENETUNREACH',
      'EHOSTUNREACH',
      'ERR_SOCKET_TIMEOUT',
    )
  )
    return "The package registry cannot be reached: connect this machine to the network (or set npm's registry or proxy) and start again.";
  if (has('EINTEGRITY'))
    return 'A package arrived damaged or changed (checksum mismatch): run `npm cache clean --force` and start again.';
  if (has('E401', 'E403', 'E404', 'ETARGET'))
    return 'The package registry npm is set to does not have a package that is needed: check `npm config get registry`.';
  if (has('can only install packages when your package.json and package-lock.json'))
    return 'package.json and package-lock.json do not agree: get both from the same version of Beamdeck.';
  return 'Installing the packages failed.';
}

function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.c?js$/.test(script)) return [process.execPath, [script]];
  return ['npm', []];
}

/**
 * Runs `npm ci` and leaves the stamp. Resolves with the seconds it took; rejects with an Error of one clear sentence, npm's last
 * lines below it.
 */
export function installPackages(root) {
  const [command, before] = npmCommand();
  const startedAt = Date.now();
  // NODE_ENV=production in somebody's shell would leave out the tools the build needs.
  const options = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...before, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-64 * 1024);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    const done = () => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
    };
    child.on('error', (error) => {
      done();
      reject(
        new Error(
          error.code === 'ENOENT'
            ? 'npm is not installed: Beamdeck needs Node 20 or newer with npm.'
            : `npm cannot be started: ${error.message}`,
        ),
      );
    });
    child.on('close', (code, signal) => {
      done();
      if (code === 0) {
        const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
        try {
          writeFileSync(join(root, ...STAMP), JSON.stringify({ hash: installHash(lockText) }));
        } catch (error) {
          reject(
            new Error(
              `The packages are installed, but ${join(...STAMP)} cannot be written: ${error.message}`,
            ),
          );
          return;
        }
        resolve((Date.now() - startedAt) / 1000);
      } else if (signal) {
        reject(new Error(`Installing was stopped (${signal}). Start again to finish it.`));
      } else {
        const tail = output.trimEnd().split('\n').slice(-12).join('\n  ');
        reject(new Error(`${installFault(output)}\n  ${tail}`));
      }
    });
  });
}
