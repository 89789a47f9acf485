import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobInput } from '#src/shared/contracts/job-run.ts';

const MIB = 1024 ** 2;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Memory that is really there: pages that nobody wrote to cost nothing. */
const allocate = (sizeBytes: number) => Buffer.alloc(sizeBytes, 1);

function eatMemory(): void {
  const eaten: Buffer[] = [];
  for (;;) eaten.push(allocate(8 * MIB));
}

/** Keeps one CPU busy until this process has used so much of its time. */
function burn(cpuMs: number): void {
  for (;;) {
    const { user, system } = process.cpuUsage();
    if ((user + system) / 1000 >= cpuMs) return;
  }
}

/** Programs that take all they can get, or more. */
export function demandingBehaviours(input: JobInput): Record<string, () => Promise<void>> {
  const number = (name: string) => Number(input.parameters[name] ?? 0);
  const fillers: Record<string, () => void> = {
    'one file': () => {
      const piece = allocate(MIB);
      for (;;) writeFileSync(join(input.outDir, 'huge.bin'), piece, { flag: 'a' });
    },
    'many files': () => {
      const piece = allocate(MIB);
      for (let n = 0; ; n++) writeFileSync(join(input.outDir, `${n}.bin`), piece);
    },
    'empty files': () => {
      for (let n = 0; ; n++) writeFileSync(join(input.outDir, `${n}.empty`), '');
    },
    // Deeper than a path can name: each folder is entered before the next is made in it.
    'folders within one another': () => {
      process.chdir(input.outDir);
      for (let depth = 0; depth < 1500; depth++) {
        mkdirSync('folder');
        process.chdir('folder');
      }
    },
    'memory disk': () => {
      const piece = allocate(MIB);
      for (;;) writeFileSync('/tmp/huge.bin', piece, { flag: 'a' });
    },
  };
  return {
    async fill() {
      fillers[String(input.parameters.with)]!();
    },

    async 'eat-memory'() {
      eatMemory();
    },
    /** Takes no notice of what became of its child. */
    async 'eat-memory-in-a-child'() {
      const code = 'const eaten = []; for (;;) eaten.push(Buffer.alloc(8 * 1024 ** 2, 1));';
      spawnSync(process.execPath, ['-e', code], { stdio: 'ignore' });
      process.stdout.write('all is well\n');
    },
    /** Starts processes as long as the system lets it, tells how many there are, and stays. */
    async 'fork-bomb'() {
      const shell = spawn('/bin/sh', ['-c', 'while :; do sleep 300 & done'], {
        stdio: ['ignore', 'inherit', 'pipe'],
      });
      const refused = new Promise<void>((resolve) => {
        shell.stderr.on('data', () => resolve());
        shell.once('exit', () => resolve());
      });
      await refused;
      const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
      process.stdout.write(`${JSON.stringify({ processes })}\n`);
      await sleep(300_000);
    },
    /** Uses as much CPU time itself and in a child, and holds memory for a while. */
    async use() {
      const held = allocate(number('memoryBytes'));
      const child = spawn(process.execPath, ['-e', `${burn}; burn(${number('cpuMs')})`], { stdio: 'ignore' });
      burn(number('cpuMs'));
      await new Promise((resolve) => child.once('exit', resolve));
      await sleep(500);
      process.stdout.write(`held ${held.length}\n`);
    },
    /** Keeps several CPUs busy for so long, if it gets them. */
    async busy() {
      const code = `const until = Date.now() + ${number('busyMs')}; while (Date.now() < until);`;
      const children = Array.from({ length: number('children') }, () =>
        spawn(process.execPath, ['-e', code], { stdio: 'ignore' }),
      );
      await Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve))));
    },
    /** Prints so many bytes as fast as it is read, and then its last words. */
    async flood() {
      const piece = Buffer.from(`${'flood '.repeat(10_000)}\n`);
      for (let left = number('bytes'); left > 0; left -= piece.length) {
        if (!process.stdout.write(piece))
          await new Promise((resolve) => process.stdout.once('drain', resolve));
      }
      process.stdout.write('the last words\n');
    },
    /** Tells what the first descriptor is that it was not given: the runtime's own, unless something leaked. */
    async descriptors() {
      process.stdout.write(readlinkSync('/proc/self/fd/3'));
    },
  };
}
