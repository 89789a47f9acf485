import { randomBytes } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { Sha256 } from '../../../shared/codecs/sha256.ts';
import { codeOf } from '../../../testing/experiment-world.ts';
import { type IngestWorld, LONG_AGO, putTestPart } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { putFile } from '../../../testing/put-file.ts';
import { testContext } from '../../../testing/test-context.ts';
import { audit, experiment, file, folderTotal, licence, membership, upload } from '../../db/schema/index.ts';
import { createCustodyService } from '../custody/custody.service.ts';

const world = ingestWorlds();
let w: IngestWorld;
let experimentId: string;

beforeEach(async () => {
  w = await world();
  ({ id: experimentId } = await w.activate(LONG_AGO));
});

const text = (words: string) => new TextEncoder().encode(words);
const AT = '2026-11-01T10:00:00.000Z';

function wanted(
  path: string,
  bytes: Uint8Array,
  changes: { onClash?: 'refuse' | 'number' | 'version' } = {},
) {
  const fingerprint = new Sha256().update(text(path)).update(bytes).hex();
  return { experimentId, path, sizeBytes: bytes.length, fingerprint, onClash: 'refuse' as const, ...changes };
}

const put = (
  path: string,
  bytes: Uint8Array,
  { who = 'pi', ...changes }: { who?: 'pi' | 'staff'; onClash?: 'refuse' | 'number' | 'version' } = {},
) => putFile(w, w.as(who), { experimentId, path, bytes, modifiedAt: AT, ...changes });

describe('files that people put there', () => {
  it('are stored with who sent them, when and with which hash', async () => {
    const bytes = randomBytes(3000);
    const { fileId, path, complete } = await put('work/notes/plan.bin', bytes);
    expect(path).toBe('work/notes/plan.bin');
    const [row] = await w.db.select().from(file).where(eq(file.id, fileId));
    expect(row).toMatchObject({ kind: 'other', agentId: null, sizeBytes: 3000, sourceCreatedAt: null });
    expect(Buffer.from(await w.store.readRange(row!.storeKey, 0, 3000)).equals(bytes)).toBe(true);
    const custody = createCustodyService({ db: w.db, store: w.store });
    expect(await custody.fileCustody(w.as('pi'), { fileId })).toMatchObject({
      ...{ agent: null, person: { id: w.people.pi }, sha256: complete.sha256 },
      sourceSettledAt: new Date(AT),
    });
    const [entry] = await w.db
      .select()
      .from(audit)
      .where(and(eq(audit.action, 'file.commit'), eq(audit.entityId, fileId)));
    expect(entry).toMatchObject({ principalKind: 'person', principalId: w.people.pi, experimentId });
    // Asked again because the answer was lost.
    expect(await w.ingest.completePersonUpload(w.as('pi'), complete)).toMatchObject({ fileId });
    // A promise of the beamline is no matter of people: the cockpit counts files of agents.
    expect(await w.files.verifyFile(w.as('pi'), { fileId })).toMatchObject({ ok: true });
  });

  it('go on where they were when the same person chooses the same file again', async () => {
    const pi = w.as('pi');
    const bytes = randomBytes(500);
    const first = await w.ingest.openPersonUpload(pi, wanted('work/a.bin', bytes));
    const { signed } = await w.ingest.signPersonParts(pi, { uploadId: first.uploadId, partNumbers: [1] });
    await putTestPart(signed[0]!.url, bytes, 1);
    const again = await w.ingest.openPersonUpload(pi, wanted('work/a.bin', bytes));
    expect(again).toMatchObject({ uploadId: first.uploadId, parts: [{ partNumber: 1, sizeBytes: 500 }] });
    // Nobody else has a hand in it, not even with the same bytes, and an agent knows of none.
    const staff = w.as('staff');
    expect(await codeOf(w.ingest.openPersonUpload(staff, wanted('work/a.bin', bytes)))).toBe('CONFLICT');
    const { uploadId } = first;
    expect(await codeOf(w.ingest.signPersonParts(staff, { uploadId, partNumbers: [1] }))).toBe('NOT_FOUND');
    expect(await codeOf(w.ingest.cancelPersonUpload(staff, { uploadId }))).toBe('NOT_FOUND');
    expect(await codeOf(w.ingest.signParts(w.agentContext, { uploadId, partNumbers: [1] }))).toBe(
      'NOT_FOUND',
    );
    // Another file of that name in its place: the newest choice counts.
    const other = await w.ingest.openPersonUpload(pi, wanted('work/a.bin', randomBytes(20)));
    expect(other).toMatchObject({ path: 'work/a.bin', parts: [] });
    expect(await codeOf(w.ingest.signPersonParts(pi, { uploadId, partNumbers: [1] }))).toBe('NOT_FOUND');
    // Given up, its name is free.
    expect(await w.ingest.cancelPersonUpload(pi, { uploadId: other.uploadId })).toEqual({ removed: true });
    expect((await put('work/a.bin', bytes, { who: 'staff' })).path).toBe('work/a.bin');
  });

  it('never go over what is there unless that is asked for and a person put it there', async () => {
    const [one, two, three] = [text('one'), text('two'), text('three')];
    const { fileId } = await put('work/a.txt', one);
    expect(await codeOf(put('work/a.txt', two))).toBe('CONFLICT');
    expect((await put('work/a.txt', two, { onClash: 'number' })).path).toBe('work/a_2.txt');
    const version = await put('work/a.txt', three, { onClash: 'version', who: 'staff' });
    expect(version.fileId).toBe(fileId);
    const custody = createCustodyService({ db: w.db, store: w.store });
    expect(await custody.fileCustody(w.as('pi'), { fileId })).toMatchObject({
      ...{ version: 2, person: { id: w.people.staff }, versions: [{ version: 1, sizeBytes: 3 }] },
    });
    const system = testContext();
    const result = { experimentId, datasetId: null, path: 'processed/fit.json', body: text('{}') };
    await w.files.storeResult(system, result);
    expect(await codeOf(put('processed/fit.json', one, { onClash: 'version' }))).toBe('CONFLICT');
    const { taken } = await w.ingest.checkNames(w.as('pi'), {
      experimentId,
      paths: ['work/a.txt', 'work/free.txt', 'processed/fit.json', 'work/a.txt/below'],
    });
    expect(taken).toMatchObject([
      { path: 'work/a.txt', by: 'file', mayRewrite: true, sizeBytes: 5 },
      { path: 'processed/fit.json', by: 'file', mayRewrite: false },
      { path: 'work/a.txt/below', by: 'file-above', above: 'work/a.txt' },
    ]);
    await put('work/deep/er/x.txt', one);
    expect((await w.ingest.checkNames(w.as('pi'), { experimentId, paths: ['work/deep'] })).taken).toEqual([
      { path: 'work/deep', by: 'folder' },
    ]);
    // Folded into the totals it is a folder all the same.
    await w.files.foldFolders(system);
    expect(await w.db.select().from(folderTotal).where(eq(folderTotal.path, 'work/deep'))).toHaveLength(1);
    expect(await codeOf(put('work/deep', one))).toBe('CONFLICT');
    expect((await put('work/deep', one, { onClash: 'number' })).path).toBe('work/deep_2');
  });

  it('are refused before a byte moves: raw, without the role, without room, in a closed experiment', async () => {
    const bytes = text('x');
    const open = (who: 'pi' | 'stranger', path = 'work/x.txt', sizeBytes = 1) =>
      codeOf(w.ingest.openPersonUpload(w.as(who), { ...wanted(path, bytes), sizeBytes }));
    for (const path of ['raw/x.h5', '../x', 'elsewhere/x', 'work', 'work/../raw/x']) {
      expect(await open('pi', path), path).toBe('BAD_INPUT');
    }
    expect(await open('stranger')).toBe('NOT_FOUND');
    const { newId, now } = testContext();
    await w.db
      .insert(membership)
      .values({ experimentId, personId: w.people.stranger, role: 'viewer', createdAt: now() });
    expect(await open('stranger')).toBe('NOT_ALLOWED');

    await w.db.insert(licence).values({
      ...{ id: newId(), facilityId: w.facility.id, name: 'small', ownerKind: 'facility' },
      ...{
        validFrom: new Date(0),
        validUntil: new Date('2099-01-01'),
        cpuMs: 0,
        hotBytes: 1000,
        archiveBytes: 0,
      },
      createdAt: now(),
    });
    expect(await open('pi', 'work/x.txt', 2000)).toBe('NOT_COVERED');
    expect(await open('pi', 'work/x.txt', 500)).toBe('done');

    await w.db.update(experiment).set({ state: 'closed' }).where(eq(experiment.id, experimentId));
    expect(await open('pi', 'work/y.txt')).toBe('PROCESSING_OVER');
    expect(await w.db.select().from(upload).where(eq(upload.path, 'work/y.txt'))).toEqual([]);
  });
});
