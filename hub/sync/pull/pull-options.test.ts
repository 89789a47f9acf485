import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exitCodeOf, summaryOf } from './pull-command.ts';
import { readPullOrder } from './pull-options.ts';

const TOKEN = `bd_${'a'.repeat(43)}`;
const SERVER = ['--server', 'https://b.example.org/'];
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'beamdeck-pull-options-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('reads what is wanted; a token file comes before the environment', () => {
  const file = join(dir, 'token');
  writeFileSync(file, `${TOKEN}\n`);
  const words = ['X', 'home', '--follow', ...SERVER, '--include', '**/*.cbf', '--include', 'raw/**'];
  expect(readPullOrder([...words, '--token-file', file], 'bd_other')).toMatchObject({
    ...{ experiment: 'X', dir: join(process.cwd(), 'home'), serverUrl: 'https://b.example.org' },
    ...{ token: TOKEN, include: ['**/*.cbf', 'raw/**'], exclude: [], follow: true },
  });
  expect(readPullOrder(['X', 'home', ...SERVER], TOKEN)).toMatchObject({ token: TOKEN, follow: false });
  expect(readPullOrder(['--help'], null)).toBeNull();
});

it('takes server and uplink of a configuration that is named', () => {
  const config = join(dir, 'sync.conf');
  writeFileSync(
    config,
    'server = "https://c.example.org"\n[uplink]\nproxy = "http://proxy.example.org:3128"\n',
  );
  expect(readPullOrder(['X', 'home', '--config', config], TOKEN)).toMatchObject({
    serverUrl: 'https://c.example.org',
    uplink: { proxy: 'http://proxy.example.org:3128' },
  });
});

it.each([
  [['X'], TOKEN, /^Say: pull EXPERIMENT DIR/],
  [['X', 'home', 'more', ...SERVER], TOKEN, /^Say: pull EXPERIMENT DIR/],
  [['X', 'home', '--folow'], TOKEN, /--folow/],
  [['X', 'home', ...SERVER], null, /Give an access token.*--token-file.*BEAMDECK_TOKEN/],
  [['X', 'home', ...SERVER], 'bdk_agent_x', /BEAMDECK_TOKEN holds is no whole access token/],
  [
    ['X', 'home', ...SERVER, '--token-file', '/no/such/file'],
    TOKEN,
    /token file \/no\/such\/file is not there/,
  ],
  [['X', 'home', '--server', 'http://b.example.org'], TOKEN, /--server: plain http/],
])('says what is wrong with %j', (words, token, sentence) => {
  expect(() => readPullOrder(words, token)).toThrow(sentence);
});

it('ends with one line and a code that says whether all is there', () => {
  const sums = { fetchedFiles: 1, fetchedBytes: 2_500_000, hereFiles: 3, failedFiles: 2 };
  expect(summaryOf({ experiment: 'X', dir: '/home/x' }, sums)).toBe(
    'X to /home/x: 1 file fetched (2.5 MB came), 3 here already, 2 failed (named above).',
  );
  const good = { ...sums, failedFiles: 0, ended: null, wasStopped: false };
  expect(exitCodeOf(good)).toBe(0);
  expect(exitCodeOf({ ...good, failedFiles: 1 })).toBe(1);
  expect(exitCodeOf({ ...good, ended: 'why' })).toBe(1);
  expect(exitCodeOf({ ...good, wasStopped: true })).toBe(130);
});
