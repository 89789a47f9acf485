import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { contents } from '../parts/landing.ts';
import type { TortureCase } from '../torture-case.ts';

/** Names and things that no uploader expects; folders that do not tell of changes. */

/** Root may read everything; as this it may not, like any other account. */
const AS_ORDINARY_READER =
  process.getuid?.() === 0
    ? [
        'setpriv',
        '--bounding-set=-dac_override,-dac_read_search',
        '--inh-caps=-dac_override,-dac_read_search',
      ]
    : [];

const oddNames: TortureCase = {
  name: 'odd-names',
  about:
    'names with newlines, invalid UTF-8, 255 bytes; links out, FIFO, hard links, empty, vanishing, unreadable files',
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    const places = [trial.code('A')];
    const bytes = () => contents(trial.random, 1 + trial.random.integer(9000));
    await trial.startAgent({ wrapper: AS_ORDINARY_READER });
    const stored = [
      'with space.cbf',
      'new\nline.cbf',
      'tab\tand"quotes\'.cbf',
      'back\\slash.cbf',
      '-rf',
      '.hidden',
      'ünïcödé.cbf',
      'u\u0308nicode.cbf',
      'ends with dot.',
      'CON',
      'a'.repeat(255),
      `${'a'.repeat(254)}b`,
      'x/y/z/deep.cbf',
      Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x63, 0x62, 0x66]),
      Buffer.from([0x66, 0xff, 0xfd, 0x2e, 0x63, 0x62, 0x66]),
      // Made safe, these two would be one name.
      'same:name.cbf',
      'same?name.cbf',
    ];
    for (const name of stored) landing.put(name, bytes(), { places });
    landing.put('empty.dat', Buffer.alloc(0), { places });
    const linked = bytes();
    landing.put('hard_1.dat', linked, { places });
    landing.note('hard_2.dat', linked, { places });
    linkSync(landing.at('hard_1.dat'), landing.at('hard_2.dat'));
    const nothing = Buffer.alloc(0);
    landing.note('link-out', nothing, { places, fate: 'named' });
    symlinkSync('/etc/hostname', landing.at('link-out'));
    landing.note('pipe', nothing, { places, fate: 'named' });
    execFileSync('mkfifo', [landing.at('pipe').toString()]);
    landing.put('unreadable.dat', bytes(), { places, fate: 'named' });
    chmodSync(landing.at('unreadable.dat'), 0);
    for (let file = 0; file < 30; file++) {
      landing.put(`vanishing_${file}.dat`, bytes(), { places, fate: 'gone' });
      setTimeout(() => unlinkSync(landing.at(`vanishing_${file}.dat`)), trial.random.integer(2500));
    }
    await sleep(4000);
    return `${stored.length} odd names, empty, hard links, link out, FIFO, unreadable, 30 that vanish`;
  },
};

const sparse: TortureCase = {
  name: 'sparse-file',
  about: 'a sparse file of 10 GB with data at both ends',
  longestMinutes: 40,
  async run(trial) {
    const landing = trial.openLanding();
    await trial.startAgent();
    const sizeBytes = trial.amount(10e9, 200e6);
    const [head, tail] = [contents(trial.random, 4096), contents(trial.random, 4096)];
    const hash = createHash('sha256').update(head);
    const zeros = Buffer.alloc(1024 * 1024);
    for (let left = sizeBytes - head.length - tail.length; left > 0; left -= zeros.length)
      hash.update(zeros.subarray(0, Math.min(left, zeros.length)));
    const sha256 = hash.update(tail).digest('hex');
    trial.ledger.addFile(landing.source, Buffer.from('sparse.raw'), { sha256, sizeBytes }, [trial.code('A')]);
    const fd = openSync(landing.at('sparse.raw'), 'w');
    writeSync(fd, head);
    ftruncateSync(fd, sizeBytes);
    writeSync(fd, tail, 0, tail.length, sizeBytes - tail.length);
    closeSync(fd);
    await trial.untilQuiet(30 * 60_000);
    return `${sizeBytes} bytes, 8192 of them not zero`;
  },
};

/** Runs a command in a user namespace of its own with so many inotify watches. */
const withWatches = (count: number) => [
  ...['unshare', '--user', '--map-root-user', 'sh', '-c'],
  `echo ${count} > /proc/sys/user/max_inotify_watches && exec "$@"`,
  'sh',
];

const watchLimit: TortureCase = {
  name: 'inotify-limit',
  about: 'more folders than the kernel lets one account watch',
  needs: ['user-namespace'],
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    const places = [trial.code('A')];
    await trial.startAgent({ wrapper: withWatches(20) });
    for (let folder = 0; folder < 60; folder++) {
      landing.put(`folder_${folder}/first.dat`, contents(trial.random, 500), { places });
      await sleep(20);
    }
    await sleep(3000);
    for (let folder = 0; folder < 60; folder++)
      landing.put(`folder_${folder}/second.dat`, contents(trial.random, 500), { places });
    // It looks through everything every ten seconds from now on.
    await sleep(12_000);
    const { reports } = await trial.view();
    if (!reports.some(({ code }) => code.startsWith('watch-')))
      throw new Error('nobody was told that not every folder can be watched');
    return '60 folders, 20 watches';
  },
};

const silentFolder: TortureCase = {
  name: 'silent-folder',
  about: 'a folder whose changes nobody tells of, though it looks as if: the lower layer of an overlay',
  needs: ['root'],
  async run(trial) {
    const landing = trial.openLanding({ scanS: 5 });
    const places = [trial.code('A')];
    const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => landing.beside(name));
    for (const folder of [lower, upper, work]) mkdirSync(folder!);
    const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    execFileSync('mount', ['-t', 'overlay', '-o', layers, 'overlay', landing.root]);
    trial.onEnd(() => void execFileSync('umount', [landing.root]));
    await trial.startAgent();
    for (let file = 0; file < 40; file++) {
      const bytes = contents(trial.random, 5000);
      landing.note(`f_${file}.dat`, bytes, { places });
      const fd = openSync(`${lower}/f_${file}.dat`, 'w');
      writeSync(fd, bytes);
      closeSync(fd);
      await sleep(200);
    }
    await sleep(12_000);
    return '40 files that appear without an event';
  },
};

export const ODD_FILE_CASES: readonly TortureCase[] = [oddNames, watchLimit, silentFolder, sparse];
