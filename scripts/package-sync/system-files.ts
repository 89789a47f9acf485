import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a package installs beside the executable: source below the checkout, place on the machine, mode. */
const FILES: readonly [source: string, target: string, mode: number][] = [
  ['packaging/beamdeck-sync.service', 'usr/lib/systemd/system/beamdeck-sync.service', 0o644],
  ['packaging/sync.conf', 'etc/beamdeck/sync.conf', 0o644],
  ['docs/sync.md', 'usr/share/doc/beamdeck-sync/sync.md', 0o644],
  ['LICENSE', 'usr/share/doc/beamdeck-sync/copyright', 0o644],
];

/** Lays the tree of a package below `tree`: paths as on the machine it is installed on. */
export function layOutTree(root: string, executable: string, tree: string): void {
  for (const [source, target, mode] of [[executable, 'usr/bin/beamdeck-sync', 0o755] as const, ...FILES]) {
    const to = join(tree, target);
    mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
    copyFileSync(source === executable ? source : join(root, source), to);
    chmodSync(to, mode);
  }
}

/** Copies a text of packaging/ with `@NAME@` filled in. */
export function fillIn(
  source: string,
  target: string,
  values: Readonly<Record<string, string>>,
  mode = 0o644,
) {
  let text = readFileSync(source, 'utf8');
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(`@${name}@`, value);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text, { mode });
  chmodSync(target, mode);
}
