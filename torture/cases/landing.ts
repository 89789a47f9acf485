import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TRAY } from '../judge/ledger.ts';
import { contents } from '../parts/landing.ts';
import type { Trial } from '../parts/trial.ts';
import { licenceTerms } from '../parts/trial-ground.ts';
import type { TortureCase } from '../torture-case.ts';

/** Files that other programs put into the landing folder, in all the ways that have lost data elsewhere. */

const inA = (trial: Trial) => ({ places: [trial.code('A')] });

const killed: TortureCase = {
  name: 'landing-kill',
  about: 'files arriving while the HUB is killed again and again',
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    const agent = await trial.startAgent();
    const count = trial.amount(400, 150);
    const kills = new Set(Array.from({ length: trial.amount(8, 3) }, () => trial.random.integer(count)));
    for (let file = 0; file < count; file++) {
      if (kills.has(file)) await agent.killAndStart();
      landing.put(`run/f_${file}.dat`, contents(trial.random, 1 + trial.random.integer(30_000)), inA(trial));
      // Some are written again at once or later, perhaps while they are on their way.
      if (trial.random.uniform() < 0.1)
        landing.put(
          `run/f_${trial.random.integer(file + 1)}.dat`,
          contents(trial.random, 1 + trial.random.integer(30_000)),
          // Changed while no HUB was there to see it: nothing says when, so staff may have to decide.
          { places: [trial.code('A'), TRAY] },
        );
      await sleep(trial.random.integer(60));
    }
    return `${count} files, a tenth of them written twice, ${kills.size} kills`;
  },
};

const queued: TortureCase = {
  name: 'landing-cut',
  about: 'the network cut for a minute with 100 files queued',
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    await trial.startAgent();
    const lines = Object.values(trial.lines);
    for (let file = 0; file < 100; file++) {
      if (file === 20) for (const line of lines) line.set({ kind: 'cut' });
      landing.put(`queue/f_${file}.dat`, contents(trial.random, 20_000), inA(trial));
    }
    await sleep(trial.amount(60_000, 6000));
    for (const line of lines) line.set({ kind: 'pass' });
    return '100 files, 80 of them written without a network';
  },
};

const faultyStore: TortureCase = {
  name: 'landing-store-faults',
  about: 'the store answers 500, slowly, cut short, damaged, while files of several parts go there',
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    await trial.startAgent();
    const { data } = trial.lines;
    const size = () => 200_000 + trial.random.integer(trial.amount(12_000_000, 6_000_000));
    const faults = [
      { kind: 'error-500' },
      { kind: 'slow', bytesPerS: 500_000 },
      { kind: 'truncate', afterBytes: trial.random.integer(120) },
      { kind: 'close', afterBytes: 1000 + trial.random.integer(1_000_000) },
      { kind: 'damage', atByte: 1000 + trial.random.integer(150_000) },
    ] as const;
    for (const fault of faults) {
      data.set(fault);
      for (let file = 0; file < 3; file++)
        landing.put(`faults/${fault.kind}_${file}.h5`, contents(trial.random, size()), inA(trial));
      await sleep(4000);
      data.set({ kind: 'pass' });
    }
    return `${3 * faults.length} files during ${faults.map(({ kind }) => kind).join(', ')}`;
  },
};

const renamed: TortureCase = {
  name: 'landing-rename',
  about: 'files renamed while they are uploaded, and renamed into place; a folder moved in',
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    await trial.startAgent();
    trial.lines.data.set({ kind: 'slow', bytesPerS: 400_000 });
    const late = landing.put('during.dat', contents(trial.random, 1_500_000), inA(trial));
    await sleep(1500);
    late.otherPaths.push(Buffer.from('after.dat'));
    renameSync(landing.at('during.dat'), landing.at('after.dat'));
    await sleep(500);
    trial.lines.data.set({ kind: 'pass' });
    const whole = contents(trial.random, 50_000);
    landing.note('placed/final.cbf', whole, inA(trial));
    mkdirSync(landing.at('placed'));
    writeFileSync(landing.at('placed/final.cbf.part'), whole);
    await sleep(1500);
    renameSync(landing.at('placed/final.cbf.part'), landing.at('placed/final.cbf'));
    const outside = landing.beside('outside');
    for (let file = 0; file < 60; file++) {
      const name = `deep/${file % 4}/${file % 3}/f_${file}.dat`;
      const bytes = contents(trial.random, 3000);
      landing.note(`moved/${name}`, bytes, inA(trial));
      mkdirSync(`${outside}/${name}`.replace(/\/[^/]+$/, ''), { recursive: true });
      writeFileSync(`${outside}/${name}`, bytes);
    }
    renameSync(outside, landing.at('moved'));
    return 'one renamed in mid-upload, one from .part, a tree of 60 files moved in';
  },
};

const growing: TortureCase = {
  name: 'landing-growing',
  about:
    'files that grow with pauses longer than the settle time, and rewrites of the same size with an older time',
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    await trial.startAgent();
    const whole = contents(trial.random, 400_000);
    landing.note('open.h5', whole, inA(trial));
    const fd = openSync(landing.at('open.h5'), 'w');
    landing.note('again.h5', whole, inA(trial));
    for (let piece = 0; piece < 4; piece++) {
      const bytes = whole.subarray(piece * 100_000, (piece + 1) * 100_000);
      writeSync(fd, bytes);
      writeFileSync(landing.at('again.h5'), bytes, { flag: 'a' });
      await sleep(2000);
    }
    closeSync(fd);
    for (let version = 0; version < 3; version++) {
      landing.put('same-size.dat', contents(trial.random, 7777), inA(trial));
      const back = new Date(Date.now() - 1000 * (version + 1));
      utimesSync(landing.at('same-size.dat'), back, back);
      await sleep(2500);
    }
    return 'four pieces with 2 s between, by one open file and by appending; three contents of one size';
  },
};

const SCAN_S = 8;

const polled: TortureCase = {
  name: 'landing-polling',
  about:
    'a folder that is looked through every few seconds; its files are written again between hash and upload',
  short: true,
  async run(trial) {
    const landing = trial.openLanding({ polling: true, scanS: SCAN_S });
    await trial.startAgent();
    trial.lines.web.set({ kind: 'hang' });
    const write = () => {
      for (let file = 0; file < 6; file++)
        landing.put(`polled/f_${file}.dat`, contents(trial.random, 40_000), inA(trial));
    };
    write();
    // Seen, settled and hashed, they wait for the server; the next look is still to come when it can be reached again.
    await sleep((SCAN_S + 3) * 1000);
    write();
    trial.lines.web.set({ kind: 'pass' });
    await sleep((SCAN_S + 3) * 1000);
    return '6 files, each written twice';
  },
};

const lastWeek: TortureCase = {
  name: 'landing-last-week',
  about: "last week's files copied back with their times",
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    await trial.startAgent();
    const week = new Date(Date.now() - 7 * 24 * 3600 * 1000);
    const outside = landing.beside('copy');
    mkdirSync(outside);
    for (let file = 0; file < 20; file++) {
      const bytes = contents(trial.random, 5000);
      landing.note(`old/f_${file}.cbf`, bytes, { places: [TRAY] });
      writeFileSync(`${outside}/f_${file}.cbf`, bytes);
      utimesSync(`${outside}/f_${file}.cbf`, week, week);
    }
    renameSync(outside, landing.at('old'));
    landing.put('new.cbf', contents(trial.random, 5000), inA(trial));
    return '20 files a week old and one of now';
  },
};

const reEnrolled: TortureCase = {
  name: 'landing-re-enrol',
  about: 'the HUB loses its state folder, enrols anew and looks through everything again',
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    const agent = await trial.startAgent();
    const count = trial.amount(1000, 100);
    for (let file = 0; file < count; file++)
      landing.put(`all/f_${file}.dat`, contents(trial.random, 2000), inA(trial));
    await trial.untilQuiet();
    await agent.end('SIGKILL');
    rmSync(agent.stateDir, { recursive: true });
    const { text } = await trial.api.agents.issueLicence.mutate({
      agentId: trial.agentId,
      ...licenceTerms(),
    });
    agent.licence(text);
    landing.put('all/meanwhile.dat', contents(trial.random, 2000), inA(trial));
    agent.start();
    await trial.untilHeard();
    return `${count} files seen twice, one new`;
  },
};

const many: TortureCase = {
  name: 'landing-many',
  about: '100,000 small files',
  longestMinutes: 180,
  async run(trial) {
    const landing = trial.openLanding();
    await trial.startAgent();
    const count = trial.amount(100_000, 2000);
    for (let file = 0; file < count; file++) {
      landing.put(`many/${file % 100}/f_${file}.dat`, contents(trial.random, 200), inA(trial));
      if (file % 1000 === 0) await sleep(20);
    }
    await trial.untilQuiet(3 * 3600_000);
    return `${count} files of 200 bytes in 100 folders`;
  },
};

/** Copies what `from` holds; resolves with the exit code, null when it was killed. */
function rsync(from: string, to: string, ...options: string[]) {
  const child = spawn('rsync', ['-a', ...options, `${from}/`, `${to}/`], { stdio: 'ignore' });
  return { child, ended: new Promise<number | null>((resolve) => child.once('exit', resolve)) };
}

const copied: TortureCase = {
  name: 'landing-rsync',
  about:
    'a folder brought by rsync, which is killed in the middle and started again, while its source still changes',
  needs: ['rsync'],
  short: true,
  async run(trial) {
    const landing = trial.openLanding();
    await trial.startAgent();
    const source = landing.beside('source');
    mkdirSync(`${source}/run`, { recursive: true });
    const write = (file: number) => {
      const bytes = contents(trial.random, 20_000 + trial.random.integer(300_000));
      landing.note(`rsync/run/f_${file}.cbf`, bytes, inA(trial));
      writeFileSync(`${source}/run/f_${file}.cbf`, bytes);
    };
    for (let file = 0; file < 40; file++) write(file);
    mkdirSync(landing.at('rsync'));
    const into = landing.at('rsync').toString();
    const first = rsync(source, into, '--bwlimit=2000');
    await sleep(1500);
    first.child.kill('SIGKILL');
    await first.ended;
    await sleep(1500);
    // Changed since the first copy: with another size, or another time.
    for (const file of [0, 1, 2]) write(file);
    const code = await rsync(source, into).ended;
    if (code !== 0) throw new Error(`rsync ended with ${code}`);
    return '40 files, rsync killed after 1.5 s, three files changed before it came again';
  },
};

export const LANDING_CASES: readonly TortureCase[] = [
  killed,
  queued,
  faultyStore,
  renamed,
  growing,
  polled,
  lastWeek,
  reEnrolled,
  copied,
  many,
];
