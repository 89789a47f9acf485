import { afterEach, describe, expect, it } from 'vitest';
import { headerOf, type SmtpInbox, smtpInbox } from '../../testing/smtp-inbox.ts';
import type { MailConfig } from '../config/mail-variables.ts';
import { createSmtpDriver } from './smtp-driver.ts';

let inbox: SmtpInbox | undefined;
afterEach(() => inbox?.close());

const MAIL = {
  messageId: '<0198-1@b.example.org>',
  to: 'ada@example.org',
  subject: 'Ünïcödé 田中',
  text: 'Hello.\n.\nA line with one dot stands before this.\n',
  html: '<p>Hello.</p>',
};
const driver = (port: number, over: Partial<MailConfig> = {}) =>
  createSmtpDriver({
    smtpHost: '127.0.0.1',
    smtpPort: port,
    smtpTls: 'off',
    smtpUser: '',
    smtpPassword: '',
    smtpFrom: 'beamdeck@example.org',
    ...over,
  });

describe('a mail server', () => {
  it('that accepts gets the mail whole, with the id it was given', async () => {
    inbox = await smtpInbox();
    expect(await driver(inbox.port).send(MAIL)).toEqual({ kind: 'accepted' });
    expect(inbox.mails).toMatchObject([{ from: 'beamdeck@example.org', to: ['ada@example.org'] }]);
    const { raw } = inbox.mails[0]!;
    expect(headerOf(raw, 'Message-ID')).toBe(MAIL.messageId);
    expect(headerOf(raw, 'To')).toBe('ada@example.org');
    expect(headerOf(raw, 'From')).toBe('Beamdeck <beamdeck@example.org>');
    expect(headerOf(raw, 'Auto-Submitted')).toBe('auto-generated');
    expect(headerOf(raw, 'Subject')).toMatch(/^=\?UTF-8\?/i);
    expect(raw).toContain('A line with one dot stands before this.');
  });

  it('gets no header that a subject or an address smuggles in', async () => {
    inbox = await smtpInbox();
    await driver(inbox.port).send({ ...MAIL, subject: 'Hi\r\nBcc: eve@example.org\r\n\r\nbody' });
    await driver(inbox.port).send({ ...MAIL, to: 'ada@example.org\r\nBcc: eve@example.org' });
    for (const { raw, to } of inbox.mails) {
      expect(headerOf(raw, 'Bcc')).toBeNull();
      expect(to).not.toContain('eve@example.org');
    }
    expect(inbox.mails.length).toBeGreaterThan(0);
  });

  it('that does not know the recipient, or does not want the mail, refuses for good', async () => {
    inbox = await smtpInbox();
    inbox.answer.recipient = () => ({ code: 550, words: 'No such user here' });
    expect(await driver(inbox.port).send(MAIL)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('No such user here'),
    });
    inbox.answer.recipient = () => null;
    inbox.answer.message = () => ({ code: 554, words: 'Looks like spam' });
    expect(await driver(inbox.port).send(MAIL)).toMatchObject({ kind: 'refused' });
    expect(inbox.mails).toEqual([]);
  });

  it('that is busy is asked again later', async () => {
    inbox = await smtpInbox();
    inbox.answer.recipient = () => ({ code: 450, words: 'Greylisted' });
    expect(await driver(inbox.port).send(MAIL)).toMatchObject({ kind: 'later' });
    inbox.answer.recipient = () => null;
    inbox.answer.message = () => ({ code: 451, words: 'Try again' });
    expect(await driver(inbox.port).send(MAIL)).toMatchObject({ kind: 'later' });
  });

  it('that is away, or does not take our name and password, is a fault of the installation, not of the mail', async () => {
    inbox = await smtpInbox({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('wrong password')),
    });
    const settings = { smtpUser: 'beamdeck', smtpPassword: 'wrong' };
    expect(await driver(inbox.port, settings).send(MAIL)).toMatchObject({ kind: 'later' });
    const { port } = inbox;
    await inbox.close();
    inbox = undefined;
    expect(await driver(port).send(MAIL)).toMatchObject({ kind: 'later' });
  });

  it('is told nothing where the way to it cannot be encrypted, or its certificate is of nobody we know', async () => {
    inbox = await smtpInbox();
    expect(await driver(inbox.port, { smtpTls: 'starttls' }).send(MAIL)).toMatchObject({ kind: 'later' });
    expect(inbox.mails).toEqual([]);
    await inbox.close();
    inbox = await smtpInbox({ disabledCommands: ['AUTH'] });
    expect(await driver(inbox.port, { smtpTls: 'starttls' }).send(MAIL)).toMatchObject({
      kind: 'later',
      reason: expect.stringContaining('certificate'),
    });
    expect(inbox.mails).toEqual([]);
  });
});
