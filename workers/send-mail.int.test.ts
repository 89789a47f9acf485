import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { mail } from '#src/server/db/schema/index.ts';
import { composeMail } from '#src/server/domain/mail/compose-mail.ts';
import { writeMail } from '#src/server/domain/mail/write-mail.ts';
import { headerOf, type SmtpInbox, smtpInbox } from '#src/testing/smtp-inbox.ts';
import { WorkerProcesses } from '#src/testing/spawn-worker.ts';
import { testContext } from '#src/testing/test-context.ts';
import { type TestDatabase, testDatabase } from '#src/testing/test-database.ts';

/** A real worker sends to a real SMTP server; either is taken away at bad moments. */
const system = testContext();
const LINK = 'https://b.example.org/invitation?token=a-secret-of-somebody';
const BODY = composeMail({
  subject: 'News',
  greeting: 'Hello,',
  before: ['there is news.'],
  action: 'Read it',
  after: [],
});
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let database: TestDatabase;
let folder: string;
let inbox: SmtpInbox;
let workers: WorkerProcesses;

beforeAll(async () => {
  [database, folder] = await Promise.all([testDatabase(), mkdtemp(join(tmpdir(), 'beamdeck-mail-'))]);
});
beforeEach(async () => {
  await database.db.delete(mail);
  inbox = await smtpInbox();
  workers = new WorkerProcesses(
    { databaseUrl: database.url, storeDir: folder, runsDir: folder },
    {
      BEAMDECK_SMTP_HOST: '127.0.0.1',
      BEAMDECK_SMTP_PORT: String(inbox.port),
      BEAMDECK_SMTP_TLS: 'off',
      BEAMDECK_SMTP_FROM: 'beamdeck@example.org',
      // What is tried here fails on purpose.
      BEAMDECK_LOG_LEVEL: 'fatal',
    },
  );
});
afterEach(async () => {
  await workers?.endAll();
  await inbox?.close();
});
afterAll(async () => {
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const write = (dedupeKey: string, uselessAt = new Date(Date.now() + 3600_000)) =>
  database.db.transaction((tx) =>
    writeMail(tx, system, {
      ...{ dedupeKey, kind: 'invitation', to: 'ada@example.org', personId: null },
      ...{ body: BODY, link: LINK, uselessAt },
    }),
  );
const rowOf = async (dedupeKey: string) =>
  (await database.db.select().from(mail).where(eq(mail.dedupeKey, dedupeKey)))[0]!;
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(50);
}
const settled = (dedupeKey: string) => until(async () => (await rowOf(dedupeKey)).state !== 'waiting');

it('sends what is told once, with its link, and forgets the link', async () => {
  await write('told');
  await write('told');
  const taken = database.db.transaction(async (tx) => {
    await writeMail(tx, system, {
      ...{ dedupeKey: 'taken-back', kind: 'invitation', to: 'ada@example.org', personId: null },
      ...{ body: BODY, uselessAt: new Date(Date.now() + 3600_000) },
    });
    throw new Error('the change was not made');
  });
  await expect(taken).rejects.toThrow('not made');
  workers.start();
  await settled('told');
  const row = await rowOf('told');
  expect(row).toMatchObject({ state: 'sent', link: null, attempts: 1, lastError: null });
  expect(JSON.stringify(row)).not.toContain('a-secret-of-somebody');
  await write('another');
  await settled('another');
  expect(inbox.mails).toHaveLength(2);
  expect(inbox.mails[0]!.raw.replaceAll('=\r\n', '').replaceAll('=3D', '=')).toContain(LINK);
}, 60_000);

it('writes down what a mail server refuses for good, and does not try again', async () => {
  inbox.answer.recipient = () => ({ code: 550, words: 'No such user here' });
  await write('refused');
  workers.start();
  await settled('refused');
  expect(await rowOf('refused')).toMatchObject({
    ...{ state: 'refused', link: null, attempts: 1 },
    lastError: expect.stringContaining('No such user here'),
  });
}, 60_000);

it('tries again when the server is busy, and when it was away', async () => {
  const tries: string[] = [];
  inbox.answer.recipient = (address) => {
    tries.push(address);
    return tries.length === 1 ? { code: 450, words: 'Greylisted' } : null;
  };
  await write('busy');
  workers.start();
  await settled('busy');
  expect(await rowOf('busy')).toMatchObject({ state: 'sent', attempts: 2 });

  const { port } = inbox;
  await inbox.close();
  await write('away');
  await until(async () => (await rowOf('away')).lastError !== null);
  inbox = await smtpInbox({}, port);
  await settled('away');
  expect(await rowOf('away')).toMatchObject({ state: 'sent' });
  expect(inbox.mails).toHaveLength(1);
}, 120_000);

it('does not send what has no use any more', async () => {
  await write('late', new Date(Date.now() - 1000));
  workers.start();
  await settled('late');
  expect(await rowOf('late')).toMatchObject({ state: 'late', link: null });
  expect(inbox.mails).toEqual([]);
}, 60_000);

it('sends again, under the same Message-ID, what a killed worker had sent and not written down', async () => {
  const first = workers.start();
  let received = 0;
  inbox.answer.message = async () => {
    received += 1;
    // The mail has come whole; the worker dies before it hears so.
    if (received === 1) await workers.end(first, 'SIGKILL');
    return null;
  };
  await write('twice');
  await until(() => inbox.mails.length === 1);
  expect(await rowOf('twice')).toMatchObject({ state: 'waiting' });
  // As if the minutes were over after which claim and task are taken for abandoned.
  await database.db.update(mail).set({ claimedUntil: new Date(Date.now() - 1000) });
  await database.db.execute(
    sql`update graphile_worker._private_jobs set locked_at = locked_at - interval '2 minutes'`,
  );
  workers.start();
  await settled('twice');
  expect(await rowOf('twice')).toMatchObject({ state: 'sent', attempts: 2 });
  const ids = inbox.mails.map(({ raw }) => headerOf(raw, 'Message-ID'));
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
}, 120_000);
