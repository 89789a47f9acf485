import { and, asc, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { DELETION_GRACE_DAYS } from '../../../shared/model/deletion.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { dataFile, type IngestWorld, LONG_AGO } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { mailsTo, proveAddress } from '../../../testing/mails.ts';
import { putFile } from '../../../testing/put-file.ts';
import { testContext } from '../../../testing/test-context.ts';
import { audit, file, membership, notification } from '../../db/schema/index.ts';

const world = ingestWorlds();
const system = testContext();
let w: IngestWorld;
let experimentId: string;
let code: string;

beforeEach(async () => {
  w = await world();
  ({ id: experimentId, code } = await w.activate(LONG_AGO));
  await w.db
    .insert(membership)
    .values({ experimentId, personId: w.people.stranger, role: 'member', createdAt: system.now() });
});

/** A member; the PI is the Manager who decides. */
const member = () => w.as('stranger');
const bytesOf = (words: string) => new TextEncoder().encode(words);
const put = async (path: string, words = path, onClash: 'refuse' | 'version' = 'refuse') =>
  (await putFile(w, w.as('pi'), { experimentId, path, bytes: bytesOf(words), onClash })).fileId;
const ask = (what: { folders?: string[]; fileIds?: string[]; reason?: string }, who = member()) =>
  w.files.askDeletion(who, { ...{ experimentId, folders: [], fileIds: [], reason: 'a trial' }, ...what });
const decide = (deletionId: string, grant: boolean, who = w.as('pi')) =>
  w.files.decideDeletion(who, { deletionId, grant });
const states = async () => (await w.files.deletionsOf(member(), { experimentId })).map(({ state }) => state);
const isThere = async (path: string) => (await w.store.stat(`${code}/${path}`)) !== null;

/** So much later than the grant that its date has come, or nearly. */
function after(days: number) {
  const later = testContext();
  later.at(new Date(Date.now() + days * 24 * 3600 * 1000).toISOString());
  return later;
}

it('what is granted stays until its date and is gone then, bytes and former versions too; the audit keeps what it was', async () => {
  const one = await put('work/set/one.txt', 'first');
  await put('work/set/one.txt', 'second', 'version');
  await put('work/set/deep/two.txt');
  await put('work/other.txt');
  await w.files.makeFolder(member(), { experimentId, path: 'work/set/empty' });
  const { deletionId, files } = await ask({ folders: ['work/set'] });
  expect(files).toBe(2);
  expect(await codeOf(ask({ fileIds: [one] }))).toBe('CONFLICT');
  await decide(deletionId, true);
  expect(await states()).toEqual(['granted']);
  expect(await w.files.removeGranted(after(DELETION_GRACE_DAYS - 0.1))).toEqual({ files: 0 });
  expect(await isThere('work/set/one.txt')).toBe(true);
  expect(await w.files.verifyFile(member(), { fileId: one })).toMatchObject({ ok: true });

  expect(await w.files.removeGranted(after(DELETION_GRACE_DAYS + 0.1))).toEqual({ files: 2 });
  expect(await states()).toEqual(['done']);
  expect(await isThere('work/set/one.txt')).toBe(false);
  expect(await w.store.stat(`_versions/${one}/1`)).toBeNull();
  const { entries } = await w.files.listFolder(member(), { experimentId, parent: 'work', limit: 10 });
  expect(entries.map(({ name }) => name)).toEqual(['other.txt']);
  expect(await w.files.folderTotals(member(), { experimentId, path: 'work' })).toMatchObject({ files: 1 });
  const [row] = await w.db
    .select()
    .from(audit)
    .where(and(eq(audit.action, 'file.delete'), eq(audit.entityId, one)));
  expect(row?.detail).toMatchObject({ path: 'work/set/one.txt', version: 2, deletionId, sizeBytes: 6 });
  // Its name is free.
  await put('work/set/one.txt');
});

it('what is declined, taken back, kept after all or changed meanwhile stays', async () => {
  const fileId = await put('work/a.txt');
  const first = await ask({ fileIds: [fileId] });
  await decide(first.deletionId, false);
  const second = await ask({ fileIds: [fileId] });
  await w.files.keepFiles(member(), { deletionId: second.deletionId });
  const third = await ask({ fileIds: [fileId] });
  await decide(third.deletionId, true);
  expect(await codeOf(decide(third.deletionId, false))).toBe('CONFLICT');
  expect(await codeOf(w.files.keepFiles(member(), { deletionId: third.deletionId }))).toBe('NOT_ALLOWED');
  const late = w.as('pi');
  late.at(
    after(DELETION_GRACE_DAYS + 1)
      .now()
      .toISOString(),
  );
  expect(await codeOf(w.files.keepFiles(late, { deletionId: third.deletionId }))).toBe('CONFLICT');
  await w.files.keepFiles(w.as('pi'), { deletionId: third.deletionId });
  expect(await states()).toEqual(['kept', 'withdrawn', 'declined']);
  expect(await w.files.removeGranted(after(100))).toEqual({ files: 0 });

  const fourth = await ask({ fileIds: [fileId] });
  await decide(fourth.deletionId, true);
  await put('work/a.txt', 'something new', 'version');
  expect(await w.files.removeGranted(after(100))).toEqual({ files: 0 });
  expect(await isThere('work/a.txt')).toBe(true);
  expect(await w.db.select().from(file).where(eq(file.id, fileId))).toHaveLength(1);
});

it('nobody asks for raw data, and only Managers grant', async () => {
  const opened = await w.ingest.openSeries(w.agentContext, w.series());
  const raw = await w.sendAndComplete(opened, dataFile(1, 0, 10));
  expect(await codeOf(ask({ fileIds: [raw.fileId] }))).toBe('BAD_INPUT');
  expect(await codeOf(ask({ folders: ['raw/lyso'] }))).toBe('BAD_INPUT');
  expect(await codeOf(ask({ folders: ['work'] }))).toBe('BAD_INPUT');
  const fileId = await put('work/a.txt');
  expect(await codeOf(ask({ fileIds: [fileId], reason: ' ' }))).toBe('BAD_INPUT');
  expect(await codeOf(ask({ fileIds: [fileId] }, w.as('staff')))).toBe('NOT_ALLOWED');
  const { deletionId } = await ask({ fileIds: [fileId] });
  expect(await codeOf(decide(deletionId, true, member()))).toBe('NOT_ALLOWED');
  expect(await codeOf(decide(deletionId, true, w.as('staff')))).toBe('NOT_ALLOWED');
});

describe('who hears of it', () => {
  /** What they were told in the app, and by mail: kinds and lines, the same ways twice. */
  async function toldTo(name: 'pi' | 'stranger' | 'staff') {
    const personId = w.people[name];
    const inApp = await w.db
      .select()
      .from(notification)
      .where(eq(notification.personId, personId))
      .orderBy(asc(notification.id));
    const mails = await mailsTo(w.db, personId);
    expect(mails.map(({ kind, subject, link }) => [kind, subject, link])).toEqual(
      inApp.map(({ kind, text, link }) => [kind, text, link]),
    );
    return inApp.map(({ kind, text, link }) => {
      expect(link).toBe(`/experiments/${code}/files`);
      return `${kind}: ${text}`;
    });
  }

  beforeEach(async () => {
    for (const name of ['pi', 'stranger', 'staff'] as const) await proveAddress(w.db, w.people[name]);
  });

  it('what a member asks for is told to those who decide, once, and what they decide to the member', async () => {
    await put('work/set/a.txt');
    await put('work/set/b.txt');
    const { deletionId } = await ask({ folders: ['work/set'], reason: 'the cat of Schroedinger' });
    const asked = `deletion-asked: The deletion of 2 files of ${code} is asked for`;
    expect(await toldTo('pi')).toEqual([asked]);
    expect(await toldTo('stranger')).toEqual([]);
    expect(await codeOf(ask({ folders: ['work/set'] }))).toBe('CONFLICT');
    expect(await codeOf(decide(deletionId, true, member()))).toBe('NOT_ALLOWED');
    const [mail] = await mailsTo(w.db, w.people.pi);
    expect(mail!.text).toContain('stranger asks for 2 files');
    expect(mail!.text).not.toMatch(/Schroedinger|a\.txt/);

    await decide(deletionId, true);
    expect(await codeOf(decide(deletionId, true))).toBe('CONFLICT');
    const granted = expect.stringMatching(
      new RegExp(
        `^deletion-decided: The deletion of 2 files of ${code} was granted: they go on .* \\(Europe/Berlin\\)$`,
      ),
    );
    expect(await toldTo('stranger')).toEqual([granted]);
    await w.files.keepFiles(w.as('pi'), { deletionId });
    const kept = `deletion-decided: The deletion of 2 files of ${code} was granted, and is taken back: they stay`;
    expect(await toldTo('stranger')).toEqual([granted, kept]);
    expect(await toldTo('pi')).toEqual([asked]);
    expect(await toldTo('staff')).toEqual([]);
  });

  it('nobody is told what they did themselves, or of an experiment they have left', async () => {
    const fileId = await put('work/a.txt');
    const own = await ask({ fileIds: [fileId] }, w.as('pi'));
    await decide(own.deletionId, false);
    expect(await toldTo('pi')).toEqual([]);

    const back = await ask({ fileIds: [fileId] });
    await w.files.keepFiles(member(), { deletionId: back.deletionId });
    const { deletionId } = await ask({ fileIds: [fileId] });
    await w.db.delete(membership).where(eq(membership.personId, w.people.stranger));
    await decide(deletionId, false);
    expect(await toldTo('stranger')).toEqual([]);
  });

  it('a member whose request is declined hears that the file stays', async () => {
    const fileId = await put('work/a.txt');
    const { deletionId } = await ask({ fileIds: [fileId] });
    await decide(deletionId, false);
    expect(await toldTo('stranger')).toEqual([
      `deletion-decided: The deletion of 1 file of ${code} was declined: it stays`,
    ]);
  });
});
