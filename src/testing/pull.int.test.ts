import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { sha256 as sha256Of } from '#hub/testing/folder-rig.ts';
import { webContainer } from '../server/web-container.ts';
import { dataFile, LONG_AGO } from './ingest-world.ts';
import { type PullWorld, pullWorld } from './pull-world.ts';

/** `beamdeck-sync pull` before a real server: what it brings, passes over, replaces, keeps and refuses. */
let w: PullWorld;
let experiment: { id: string; code: string };
let into: string;

beforeAll(async () => {
  w = await pullWorld();
});
afterAll(() => w?.close());
beforeEach(async () => {
  experiment = await w.prepare();
  into = w.dir();
  w.relay.seen.length = 0;
});

const at = (...names: string[]) => join(into, 'processed', ...names);
/** The last thing that is done for a file: its line in the state, here for the nth time. */
const bookWritten = (dir: string, path: string, times = 1) =>
  vi.waitFor(
    () => {
      const lines = readFileSync(join(dir, '.beamdeck-pull.state'), 'utf8').split('\n');
      expect(lines.filter((line) => line.startsWith(`{"path":"${path}"`))).toHaveLength(times);
    },
    { timeout: 30_000, interval: 20 },
  );
const pull = (changes: Parameters<PullWorld['pull']>[2] = {}) => w.pull(experiment, into, changes);

it('brings every file under its path with the time of its source, and the second time nothing', async () => {
  const made = await w.w.activate(LONG_AGO);
  const opened = await w.w.ingest.openSeries(w.w.agentContext, w.w.series());
  const stored = await w.w.sendAndComplete(opened, dataFile(1, 0, 10));
  await w.put(made, 'a file with spaces & 100%.txt', 'odd');
  await w.put(made, 'ünïcödé/x#y?z.txt', 'odder');
  await w.put(made, 'empty', '');
  const outcome = await w.pull(made, into);
  expect(outcome).toMatchObject({
    ended: null,
    wasStopped: false,
    fetchedFiles: 4,
    failedFiles: 0,
    told: [],
  });
  const { sha256, sourceSettledAt } = await w.w.files.getFile(w.w.as('pi'), { fileId: stored.fileId });
  const found = w.contents(into);
  expect(Object.keys(found)).toHaveLength(4);
  expect(found).toMatchObject({
    'processed/a file with spaces & 100%.txt': 'odd',
    'processed/ünïcödé/x#y?z.txt': 'odder',
    'processed/empty': '',
  });
  const bytes = readFileSync(join(into, stored.path));
  expect(sha256Of(bytes)).toBe(sha256);
  expect(statSync(join(into, stored.path)).mtimeMs).toBe(sourceSettledAt!.getTime());
  w.relay.seen.length = 0;
  expect(await w.pull(made, into)).toMatchObject({ fetchedFiles: 0, hereFiles: 4, fetchedBytes: 0 });
  expect(w.relay.seen).toEqual([]);
  // The people of the experiment are told of it, once for each place.
  const copies = await webContainer().copies.listCopies(w.w.as('pi'), { experimentId: made.id });
  expect(copies).toMatchObject([{ files: 4, failedFiles: 0, isWhole: true }]);
  expect(copies[0]!.place).toContain(into);
  await w.pull(made, w.dir(), { include: ['raw/**'] });
  const both = await webContainer().copies.listCopies(w.w.as('pi'), { experimentId: made.id });
  expect(both).toMatchObject([
    { files: 1, isWhole: false },
    { files: 4, isWhole: true },
  ]);
});

it('brings only what is included and not excluded', async () => {
  for (const name of ['a.cbf', 'b.cbf', 'deep/c.cbf', 'a.log']) await w.put(experiment, name, name);
  await pull({ include: ['processed/**/*.cbf'], exclude: ['**/b.*'] });
  expect(Object.keys(w.contents(into))).toEqual(['processed/a.cbf', 'processed/deep/c.cbf']);
});

it('brings what stands on several pages, each file once', async () => {
  const names = Array.from({ length: 23 }, (_, n) => `many/${n}.txt`);
  for (const name of names) await w.put(experiment, name, name);
  expect(await pull({ pageFiles: 4 })).toMatchObject({ fetchedFiles: 23, hereFiles: 0, failedFiles: 0 });
  expect(Object.values(w.contents(into)).sort()).toEqual(names.sort());
});

it('asks for the addresses of many files together, for each once', async () => {
  const names = Array.from({ length: 60 }, (_, n) => `many/${n}.txt`);
  for (const name of names) await w.put(experiment, name, name);
  const asked = vi.spyOn(webContainer().copies, 'fileAddresses');
  expect(await pull()).toMatchObject({ fetchedFiles: 60, failedFiles: 0 });
  const questions = asked.mock.calls.map(([, { paths }]) => paths);
  asked.mockRestore();
  expect(questions.flat().sort()).toEqual(names.map((name) => `processed/${name}`).sort());
  expect(Math.max(...questions.map(({ length }) => length))).toBeGreaterThan(20);
});

it('replaces what it has put there itself, and keeps what somebody has changed or brought', async () => {
  for (const name of ['own', 'touched', 'changed', 'foreign', 'same']) await w.put(experiment, name, name);
  mkdirSync(at(), { recursive: true });
  writeFileSync(at('foreign'), 'of somebody');
  writeFileSync(at('same'), 'same');
  const first = await pull();
  expect(first).toMatchObject({ fetchedFiles: 3, hereFiles: 1, failedFiles: 1 });
  expect(first.told).toEqual([expect.stringMatching(/^processed\/foreign: kept as it is here: it differs/)]);
  writeFileSync(at('changed'), 'by me');
  utimesSync(at('touched'), new Date(0), new Date(0));
  for (const name of ['own', 'touched', 'changed']) await w.put(experiment, name, `${name}, newer`);
  const second = await pull();
  expect(second).toMatchObject({ fetchedFiles: 2, hereFiles: 1, failedFiles: 2 });
  expect(second.told.sort()).toEqual([
    expect.stringMatching(/^processed\/changed: kept as it is here: somebody has changed it/),
    expect.stringMatching(/^processed\/foreign: kept/),
  ]);
  expect(w.contents(into)).toEqual({
    'processed/changed': 'by me',
    'processed/foreign': 'of somebody',
    'processed/own': 'own, newer',
    'processed/same': 'same',
    'processed/touched': 'touched, newer',
  });
  rmSync(at('changed'));
  expect(await pull()).toMatchObject({ fetchedFiles: 1, failedFiles: 1 });
  expect(w.contents(into)['processed/changed']).toBe('changed, newer');
});

it('knows what it has put there without its state file, by the bytes', async () => {
  await w.put(experiment, 'a', 'a');
  await pull();
  rmSync(join(into, '.beamdeck-pull.state'));
  w.relay.seen.length = 0;
  expect(await pull()).toMatchObject({ fetchedFiles: 0, hereFiles: 1, failedFiles: 0 });
  expect(w.relay.seen).toEqual([]);
});

it('writes nowhere but into its folder', async () => {
  const elsewhere = w.dir();
  await w.put(experiment, 'out/a', 'a');
  await w.put(experiment, 'link', 'link');
  await w.put(experiment, 'taken/b', 'b');
  await w.put(experiment, 'folder', 'folder');
  await w.put(experiment, 'good', 'good');
  mkdirSync(at('folder'), { recursive: true });
  symlinkSync(elsewhere, at('out'));
  symlinkSync(join(elsewhere, 'target'), at('link'));
  writeFileSync(at('taken'), 'a file');
  const outcome = await pull();
  expect(outcome).toMatchObject({ fetchedFiles: 1, failedFiles: 4 });
  expect(outcome.told.sort()).toEqual([
    expect.stringMatching(/^processed\/folder: kept as it is here: a folder/),
    expect.stringMatching(/^processed\/link: kept as it is here: no plain file/),
    expect.stringMatching(/^processed\/out\/a: refused: .* leads out of the folder/),
    expect.stringMatching(/^processed\/taken\/b: refused: .* no folder/),
  ]);
  expect(w.contents(elsewhere)).toEqual({});
});

it('keeps one folder for one experiment and one pull', async () => {
  await w.put(experiment, 'a', 'a');
  await pull();
  const other = await w.prepare();
  expect((await w.pull(other, into)).ended).toMatch(`holds files of ${experiment.code}`);
  const lock = join(into, '.beamdeck-pull.lock');
  expect(existsSync(lock)).toBe(false);
  writeFileSync(lock, JSON.stringify({ host: 'another machine', boot: '', pid: 1 }));
  expect((await pull()).ended).toMatch(/Another pull .*another machine.*delete/);
  // Of a process of this machine that is no more, or cut off.
  writeFileSync(lock, '{"host":');
  expect((await pull()).ended).toBeNull();
});

it('follows: brings what comes and what changes, and ends well when it is stopped', async () => {
  await w.put(experiment, 'first', 'first');
  const stopping = new AbortController();
  const running = pull({ follow: true, followMs: 50, signal: stopping.signal });
  const holds = (files: Record<string, string>) =>
    vi.waitFor(() => expect(w.contents(into)).toEqual(files), { timeout: 30_000, interval: 20 });
  await holds({ 'processed/first': 'first' });
  await w.put(experiment, 'second', 'second');
  await holds({ 'processed/first': 'first', 'processed/second': 'second' });
  await w.put(experiment, 'first', 'changed');
  await holds({ 'processed/first': 'changed', 'processed/second': 'second' });
  await bookWritten(into, 'processed/first', 2);
  stopping.abort();
  expect(await running).toMatchObject({ wasStopped: false, ended: null, fetchedFiles: 3, failedFiles: 0 });
});

it('as a program: follows until Ctrl-C, and then says what it did', async () => {
  await w.put(experiment, 'first', 'first');
  const entry = join(import.meta.dirname, '../../hub/sync/index.ts');
  const words = ['pull', experiment.code, into, '--server', w.server.url, '--follow'];
  const child = spawn(process.execPath, [entry, ...words], {
    env: { ...process.env, BEAMDECK_TOKEN: w.token.token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    await vi.waitFor(() => expect(w.contents(into)).toEqual({ 'processed/first': 'first' }), {
      timeout: 30_000,
      interval: 50,
    });
    await bookWritten(into, 'processed/first');
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
  const [out, err] = await said;
  expect(out).toMatch(/: 1 file fetched \(5 B came\), 0 here already, none failed\.\n$/);
  expect(err).not.toMatch(/[Ee]rror|fetched/);
  expect(existsSync(join(into, '.beamdeck-pull.lock'))).toBe(false);
});
