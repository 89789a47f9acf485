import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Arch } from './executable.ts';
import { fillIn, layOutTree } from './system-files.ts';

const run = promisify(execFile);

const DEB_ARCH = { x64: 'amd64', arm64: 'arm64' } as const;
const RPM_ARCH = { x64: 'x86_64', arm64: 'aarch64' } as const;

export interface PackageOrder {
  root: string;
  arch: Arch;
  version: string;
  executable: string;
  /** An empty folder. */
  work: string;
  /** Where the package goes. */
  out: string;
}

async function hasCommand(name: string): Promise<boolean> {
  return run(name, ['--version']).then(
    () => true,
    () => false,
  );
}

function treeKilobytes(folder: string): number {
  const bytes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (sum, name) => sum + statSync(join(folder, name)).size,
    0,
  );
  return Math.ceil(bytes / 1024);
}

/** Debian, Ubuntu (deb(5)). @returns the file, or null when dpkg-deb is not installed */
export async function makeDeb({
  root,
  arch,
  version,
  executable,
  work,
  out,
}: PackageOrder): Promise<string | null> {
  if (!(await hasCommand('dpkg-deb'))) return null;
  const tree = join(work, 'deb');
  layOutTree(root, executable, tree);
  const sizeKb = String(treeKilobytes(tree));
  const values = { VERSION: version, ARCH: DEB_ARCH[arch], SIZE: sizeKb };
  const from = join(root, 'packaging/debian');
  fillIn(join(from, 'control'), join(tree, 'DEBIAN/control'), values);
  fillIn(join(from, 'conffiles'), join(tree, 'DEBIAN/conffiles'), {});
  for (const script of ['postinst', 'prerm', 'postrm'])
    fillIn(join(from, script), join(tree, 'DEBIAN', script), {}, 0o755);
  const file = join(out, `beamdeck-sync_${version}_${DEB_ARCH[arch]}.deb`);
  await run('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', tree, file]);
  return file;
}

/** Red Hat, AlmaLinux, SUSE. @returns the file, or null when rpmbuild is not installed */
export async function makeRpm({
  root,
  arch,
  version,
  executable,
  work,
  out,
}: PackageOrder): Promise<string | null> {
  if (!(await hasCommand('rpmbuild'))) return null;
  const tree = join(work, 'rpm-tree');
  layOutTree(root, executable, tree);
  const top = join(work, 'rpmbuild');
  mkdirSync(top);
  const spec = join(work, 'beamdeck-sync.spec');
  fillIn(join(root, 'packaging/rpm/beamdeck-sync.spec'), spec, { VERSION: version, TREE: tree });
  const target = RPM_ARCH[arch];
  await run('rpmbuild', ['-bb', '--target', target, '--define', `_topdir ${top}`, spec], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const name = `beamdeck-sync-${version}-1.${target}.rpm`;
  renameSync(join(top, 'RPMS', target, name), join(out, name));
  return join(out, name);
}
