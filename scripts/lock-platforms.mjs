#!/usr/bin/env node
/**
 * Completes package-lock.json after a change of dependencies: `node scripts/lock-platforms.mjs [--check]`.
 *
 * A registry that mirrors only some platforms leaves the optional packages of the others out of the lockfile, and npm ≥ 11 then refuses
 * `npm ci` ("Missing: @biomejs/cli-darwin-arm64@ from lock file"). Each missing one is added as {version, optional, os, cpu}.
 * npm 11 calls a package "extraneous" that only an optional peer asks for; npm 10 wants it in the lockfile, yet installs what is marked so on
 * any platform and stops. Marked as optional, both are content. Addresses (`resolved`) are taken out: every installation asks
 * the registry it is set to.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];

/** Platform of an optional package, from its name: `@next/swc-win32-arm64-msvc` → {os: ['win32'], cpu: ['arm64']}. */
export function platformOf(name) {
  const words = name.slice(name.lastIndexOf('/') + 1).split('-');
  if (words.includes('wasm32')) return { cpu: ['wasm32'] };
  const at = words.findIndex((word) => SYSTEMS.includes(word));
  const cpu = words[at + 1];
  if (at < 0 || cpu === undefined) throw new Error(`cannot tell the platform of ${name} from its name`);
  const libc = words.includes('musl') ? { libc: ['musl'] } : words.includes('gnu') ? { libc: ['glibc'] } : {};
  return { os: [words[at]], cpu: [cpu], ...libc };
}

/** Where npm would find `name` required from the package at `from`: the folders upwards, as Node resolves them. */
function find(packages, from, name) {
  for (let folder = from; ; ) {
    const path = `${folder ? `${folder}/` : ''}node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === '') return null;
    const up = folder.lastIndexOf('/node_modules/');
    folder = up < 0 ? '' : folder.slice(0, up);
  }
}

/** Returns a completed copy of the lockfile and what was done to it. */
export function completeLock(lock) {
  const packages = structuredClone(lock.packages);
  const added = [];
  let marked = 0;
  let addresses = 0;
  for (const [from, entry] of Object.entries(lock.packages)) {
    if (entry.extraneous) {
      delete packages[from].extraneous;
      Object.assign(packages[from], { dev: true, optional: true, peer: true });
      marked += 1;
    }
    if (packages[from].resolved !== undefined) {
      delete packages[from].resolved;
      addresses += 1;
    }
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (find(packages, from, name)) continue;
      if (!/^\d/.test(version))
        throw new Error(`${name}@${version} (of ${from}) is no exact version: add it by hand`);
      packages[`node_modules/${name}`] = { version, optional: true, ...platformOf(name) };
      added.push(`${name}@${version}`);
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  return { lock: { ...lock, packages: sorted }, added, marked, addresses };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'package-lock.json');
  const { lock, added, marked, addresses } = completeLock(JSON.parse(readFileSync(file, 'utf8')));
  if (added.length + marked + addresses === 0) {
    process.stdout.write('package-lock.json is complete.\n');
  } else if (process.argv.includes('--check')) {
    process.stdout.write(
      `package-lock.json lacks ${added.length} packages of other platforms, holds ${marked} marked extraneous and ${addresses} addresses: run node scripts/lock-platforms.mjs\n`,
    );
    process.exitCode = 1;
  } else {
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    process.stdout.write(
      `added ${added.length} packages of other platforms, marked ${marked} as optional, removed ${addresses} addresses.\n`,
    );
  }
}
