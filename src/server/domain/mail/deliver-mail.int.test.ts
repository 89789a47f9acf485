import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ExperimentWorld, experimentWorld } from '../../../testing/experiment-world.ts';
import { proveAddress } from '../../../testing/mails.ts';
import { type SmtpInbox, smtpInbox } from '../../../testing/smtp-inbox.ts';
import { testContext } from '../../../testing/test-context.ts';
import { type TestDatabase, testDatabase } from '../../../testing/test-database.ts';
import { mail, notification, outbox } from '../../db/schema/index.ts';
import { createSmtpDriver } from '../../mail/smtp-driver.ts';
import { createLogger } from '../../observability/logger.ts';
import { createMailDelivery } from './deliver-mail.ts';

let database: TestDatabase;
let inbox: SmtpInbox;
let w: ExperimentWorld;
beforeAll(async () => {
  [database, inbox] = await Promise.all([testDatabase(), smtpInbox()]);
  w = await experimentWorld(database);
});
afterAll(async () => {
  await inbox?.close();
  await database?.drop();
});

it('whoever invited is told that the mail was refused, once, and so are the pages of admins', async () => {
  const { db } = database;
  inbox.answer.recipient = () => ({ code: 550, words: 'No such user here' });
  const delivery = createMailDelivery({
    db,
    driver: createSmtpDriver({
      ...{ smtpHost: '127.0.0.1', smtpPort: inbox.port, smtpTls: 'off', smtpUser: '', smtpPassword: '' },
      smtpFrom: 'beamdeck@example.org',
    }),
    log: createLogger('test', 'silent'),
    webUrl: 'https://b.example.org',
  });
  const { id: experimentId, code } = await w.make('Canary title');
  const to = 'nobody@institute.example';
  await w.invitations.invite(w.as('staff'), { experimentId, to, role: 'viewer' });
  const [row] = await db.select().from(mail).where(eq(mail.toAddress, to));
  await delivery.deliver(testContext(), { mailId: row!.id });
  await delivery.deliver(testContext(), { mailId: row!.id });

  const told = await db.select().from(notification).where(eq(notification.kind, 'mail-refused'));
  expect(told).toMatchObject([
    {
      personId: w.people.staff,
      link: `/experiments/${code}/people`,
      text: expect.stringContaining('No such user here'),
    },
  ]);
  expect(told[0]!.text).toContain(to);
  expect(told[0]!.text).not.toContain('Canary');
  const events = await db.select().from(outbox).where(eq(outbox.kind, 'mail.changed'));
  expect(events.map(({ topic }) => topic).sort()).toEqual(
    [w.people.admin, w.people.staff].map((personId) => `person:${personId}`).sort(),
  );
});

it('whoever is invited by their proved address hears it in the app too, once, and not what it is to', async () => {
  const { db } = database;
  const { id: experimentId } = await w.make('Canary title');
  const { invitationId } = await w.invitations.invite(w.as('staff'), {
    ...{ experimentId, to: w.email('outsider'), role: 'viewer' },
  });
  const ofOutsider = () => db.select().from(notification).where(eq(notification.personId, w.people.outsider));
  // Nobody has proved that the address is theirs.
  expect(await ofOutsider()).toEqual([]);
  await w.invitations.revoke(w.as('staff'), { invitationId });
  await proveAddress(db, w.people.outsider);
  await w.invitations.invite(w.as('staff'), { experimentId, to: w.email('outsider'), role: 'viewer' });
  const told = await ofOutsider();
  expect(told).toMatchObject([{ kind: 'invitation' }]);
  expect(told[0]!.text).toMatch(/^staff .* invites you/);
  expect(told[0]!.text).not.toContain('Canary');
});
