import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Journal } from '../agent/journal.ts';
import { ReportLog } from '../agent/report-log.ts';
import { type GateDecision, type Hold, OPEN_GATE } from '../agent/upload-gate.ts';
import { testFolder } from '../testing/folder-rig.ts';
import { until } from '../testing/hub-rig.ts';
import { FileBook } from './file-book.ts';
import { FileJournal } from './file-journal.ts';
import type { FileSender } from './file-sender.ts';
import { FlowContext } from './flow-context.ts';
import { FolderPlace } from './folder-place.ts';
import { pathBytesOfText } from './path-bytes.ts';
import { ScanTurns } from './scan-pace.ts';
import { SendQueue } from './send-queue.ts';

/** So many files wait behind a switch; the question is the same for a million. */
const FILES = 3000;
/** Decisions in one turn of the event loop: a page of held files, and those that may begin. */
const MOST_AT_ONCE = 250 + 128;

let folder: string;
let journal: FileJournal;
let context: FlowContext;
let queue: SendQueue;
/** What the switches say, and how often they were asked since the last turn. */
let say: () => GateDecision;
let asked: number;
let begun: number[];

const held = (experimentCode: string): Hold => ({
  ...{ send: false, because: 'experiment-off', experimentCode },
  since: '2026-03-01T12:00:00Z',
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'many-held-'));
  journal = new FileJournal(folder);
  [say, asked, begun] = [() => held('A'), 0, []];
  const estimate = () => ({ offsetMs: 0, doubtMs: 5 });
  const deps = {
    ...{
      folder: testFolder(folder),
      place: new FolderPlace(pathBytesOfText(folder)),
      journal,
      turns: new ScanTurns(),
    },
    reports: new ReportLog({
      journal: { addReport: () => undefined } as unknown as Journal,
      ...{ log: pino({ level: 'silent' }), now: () => 1e12 },
    }),
    clock: { mark: () => ({ wallMs: 1e12, steadyMs: 0 }), estimate, boot: 'boot' },
    now: () => 1e12,
    gate: {
      ...OPEN_GATE,
      decision: () => {
        asked++;
        return say();
      },
    },
  };
  const book = new FileBook(journal, 'landing');
  context = new FlowContext(deps, book);
  const sender = {
    send: (file: { id: number }) => {
      begun.push(file.id);
      return new Promise(() => undefined);
    },
  } as unknown as FileSender;
  queue = new SendQueue(context, sender, () => undefined);
  const seen = { watchedMs: 0, lateMs: 0, offsetMs: 0, doubtMs: 5, steadyMs: 0, boot: 'boot' };
  const times = { mtimeNs: 10n ** 18n, ctimeNs: 10n ** 18n, birthNs: 10n ** 18n };
  for (let n = 1; n <= FILES; n++) {
    const signature = { dev: 1n, ino: BigInt(n), sizeBytes: 1, ...times };
    // Several were seen in the same moment.
    const seenMs = 1e12 + Math.floor(n / 7);
    const file = book.addSeen(pathBytesOfText(`file_${n}`), signature, { ...seen, seenMs }, 0);
    book.held(file, held('A'), 1e12);
  }
  context.isStopped = false;
});
afterEach(() => {
  context.isStopped = true;
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Turns until the condition holds; the most decisions in one of them. */
async function turnsUntil(what: string, condition: () => boolean): Promise<{ turns: number; most: number }> {
  let [turns, most] = [0, 0];
  while (!condition()) {
    asked = 0;
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, asked);
    if (++turns > 100 * FILES) throw new Error(`no end: ${what}`);
  }
  return { turns, most };
}
const inState = (state: 'held' | 'hashing') => journal.counts('landing').get(state)?.files ?? 0;

it('held files are asked about in turns of the event loop when the switches change, the newest first', async () => {
  say = () => ({ send: true });
  asked = 0;
  queue.gateChanged();
  expect(asked).toBe(0);
  const { turns, most } = await turnsUntil('all released', () => inState('held') === 0);
  expect(most).toBeLessThanOrEqual(MOST_AT_ONCE);
  expect(turns).toBeGreaterThanOrEqual(FILES / 250);
  expect(inState('hashing')).toBe(FILES);
  expect(begun[0]).toBe(FILES);
});

it('those that stay held stay as they are, and get the new reason where it is another', async () => {
  const written: number[] = [];
  const { update } = journal;
  journal.update = (id, changes) => {
    written.push(id);
    update.call(journal, id, changes);
  };
  queue.gateChanged();
  let decisions = 0;
  say = () => {
    decisions++;
    return held('A');
  };
  await turnsUntil('all asked', () => decisions === FILES);
  expect(written).toEqual([]);
  say = () => held('B');
  queue.gateChanged();
  await turnsUntil('all noted', () => written.length === FILES);
  expect(journal.held('landing')).toMatchObject([{ experimentCode: 'B', files: FILES }]);
});

it('a change in the middle of asking begins anew, and what is decided is what holds then', async () => {
  let decisions = 0;
  say = () => (++decisions > FILES / 2 ? held('B') : held('A'));
  queue.gateChanged();
  await turnsUntil('half', () => decisions > FILES / 2);
  say = () => ({ send: true });
  queue.gateChanged();
  await turnsUntil('all released', () => inState('held') === 0);
  await until('the newest', () => begun.length > 0);
  expect(inState('hashing')).toBe(FILES);
});
