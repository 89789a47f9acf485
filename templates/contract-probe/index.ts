import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { readInput } from '../lib/read-input.ts';
import { writeMetrics, writePlots, writeProgress } from '../lib/write-report.ts';
import { demandingBehaviours } from './demanding-behaviours.ts';

/*
 * The program that the contract suite of compute drivers runs: it behaves well or badly as its parameters say. Not in
 * the list of templates, so nobody can start it from outside.
 */
const input = await readInput();
const text = (name: string) => String(input.parameters[name] ?? '');
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Of places a program has no business with, those where it can write. */
async function writableOutside(): Promise<string[]> {
  const places = [
    '/',
    '/etc',
    '/usr',
    '/usr/bin',
    '/dev',
    '/app',
    '/app/templates',
    input.treeDir,
    join(input.workDir, '..'),
  ];
  const written: string[] = [];
  for (const place of places) {
    await writeFile(join(place, 'left-by-a-run'), 'x').then(
      () => written.push(place),
      () => undefined,
    );
  }
  return written;
}

const behaviours: Record<string, () => Promise<void>> = {
  /** Prints, reports, leaves results; counts how often it was started. */
  async work() {
    process.stdout.write('grüße from the job\n');
    process.stderr.write('a word on stderr\n');
    await writeProgress({ done: 1, total: 4, text: 'one of four' });
    await writeMetrics({ answer: 42, nothing: null });
    await writePlots([{ id: 'curve', title: 'Curve', data: [{ x: [1], y: [2] }], layout: {} }]);
    await writeFile(join(input.outDir, 'starts.txt'), `${process.pid}\n`, { flag: 'a' });
    await sleep(Number(text('sleepMs')));
    await mkdir(join(input.outDir, 'deep'), { recursive: true });
    const source = await readFile(join(input.treeDir, text('source')));
    await writeFile(join(input.outDir, 'deep', 'copy.bin'), source);
    process.stdout.write('done\n');
  },
  async parameters() {
    process.stdout.write(JSON.stringify(input.parameters));
  },
  async crash() {
    process.kill(process.pid, 'SIGSEGV');
    await sleep(300_000);
  },
  async 'exit-code'() {
    process.stdout.write('about to fail\n');
    process.exitCode = 7;
  },
  /** Bytes no database takes as text, and a character cut in two by separate writes. */
  async 'odd-output'() {
    process.stdout.write(Buffer.from([0x61, 0x00, 0x62, 0xff, 0x63, 0xc3]));
    await sleep(100);
    process.stdout.write(Buffer.from([0xbc, 0x0a]));
  },
  async 'much-output'() {
    for (let i = 0; i < 5000; i++) process.stdout.write(`line ${i} ${'ä'.repeat(60)}\n`);
  },
  /** Does not heed the polite signal, and has started something that does not either. */
  async stubborn() {
    process.on('SIGTERM', () => process.stdout.write('I will not\n'));
    spawn('/bin/sh', ['-c', 'trap "" TERM; sleep 300'], { stdio: 'inherit' });
    process.stdout.write('here to stay\n');
    await sleep(300_000);
  },
  /** Prints the name that begins and ends what it is told, whenever that changes, until it is `end`. */
  async fed() {
    const path = input.feedPath ?? '';
    if (path === '') process.stdout.write('is told nothing\n');
    for (let last = ''; path !== '' && last !== 'end'; await sleep(2)) {
      const told = await readFile(path, 'utf8').catch(() => '');
      const [name = '', ...rest] = told.split(':');
      if (name === last) continue;
      last = name;
      process.stdout.write(`${name} ${rest.at(-1) === name ? 'whole' : 'torn'}\n`);
      if (input.parameters.triesToChange) {
        await writeFile(path, 'changed').catch(() => process.stdout.write('cannot change it\n'));
      }
    }
  },
  /** Ends when it is asked to, with a last word. */
  async polite() {
    process.once('SIGTERM', () => {
      process.stdout.write('goodbye\n');
      process.exit(0);
    });
    process.stdout.write('at your service\n');
    await sleep(300_000);
  },
  async sleep() {
    process.stdout.write('sleeping\n');
    await sleep(300_000);
  },
  /** What a hostile program would try to have read for it. */
  async links() {
    await symlink('/etc/passwd', join(input.outDir, 'passwd'));
    await symlink('/etc', join(input.outDir, 'etc'));
    await symlink('/etc/passwd', join(input.workDir, 'metrics.json'));
    await writeFile(join(input.outDir, 'honest.txt'), 'honest');
    spawn('mkfifo', [join(input.outDir, 'pipe')]);
    await sleep(200);
  },
  /** Tells what it can see and reach. */
  async confinement() {
    const tryTo = async (what: () => Promise<unknown>) =>
      what().then(
        () => true,
        () => false,
      );
    const told = {
      uid: process.getuid?.() ?? -1,
      canReachPort: await canConnect(Number(text('port'))),
      canSeeSecret: await tryTo(() => stat(text('secretPath'))),
      canWriteTree: await tryTo(() => writeFile(join(input.treeDir, 'raw/new.txt'), 'x')),
      canFollowLink: await tryTo(() => readFile(join(input.treeDir, 'raw/elsewhere'))),
      // Unconfined it would leave files all over the machine.
      canWriteOutside: input.parameters.tryOutside ? await writableOutside() : null,
      canReadTree: await tryTo(() => readFile(join(input.treeDir, 'raw/a.txt'))),
      canWriteOut: await tryTo(() => writeFile(join(input.outDir, 'new.txt'), 'x')),
      processes: (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).length,
      environment: Object.keys(process.env).sort().join(' '),
    };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  },
};

const behaviour = { ...behaviours, ...demandingBehaviours(input) }[text('behaviour')];
if (!behaviour) throw new Error(`There is no behaviour "${text('behaviour')}".`);
await behaviour();
