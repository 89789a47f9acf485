import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** The whole message as it came, headers first. */
  raw: string;
}

export interface SmtpInbox {
  port: number;
  mails: ReceivedMail[];
  /** What to answer: a code with words to refuse, null to accept. Asked for each recipient, and for each message once it has come. */
  answer: {
    recipient(address: string): SmtpAnswer;
    message(mail: ReceivedMail): SmtpAnswer | Promise<SmtpAnswer>;
  };
  close(): Promise<void>;
}

type SmtpAnswer = { code: number; words: string } | null;

const errorOf = (answer: SmtpAnswer): Error | null =>
  answer && Object.assign(new Error(answer.words), { responseCode: answer.code });

/** A real SMTP server on loopback that keeps what it gets. */
export async function smtpInbox(options: SMTPServerOptions = {}, port = 0): Promise<SmtpInbox> {
  const inbox: Pick<SmtpInbox, 'mails' | 'answer'> = {
    mails: [],
    answer: { recipient: () => null, message: () => null },
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    ...options,
    onRcptTo: ({ address }, _session, done) => done(errorOf(inbox.answer.recipient(address))),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail = {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        };
        Promise.resolve(inbox.answer.message(mail)).then((answer) => {
          if (answer === null) inbox.mails.push(mail);
          done(errorOf(answer));
        }, done);
      });
    },
  });
  // A client that hangs up in the middle is what some tests do.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(inbox, {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

/** One header of a message, unfolded; null when it has none of that name. */
export function headerOf(raw: string, name: string): string | null {
  const head = raw.split('\r\n\r\n')[0]!.replaceAll(/\r\n[ \t]+/g, ' ');
  const line = head.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line === undefined ? null : line.slice(name.length + 1).trim();
}
