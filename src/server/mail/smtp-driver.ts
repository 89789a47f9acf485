import { createTransport } from 'nodemailer';
import type { MailConfig } from '../config/mail-variables.ts';
import type { MailDriver, MailOutcome } from './mail.port.ts';

/** Together less than the minute after which the queue takes a task for abandoned. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;
/** What a server says may be long; a sentence of it is enough. */
const REASON_LENGTH = 300;

/** The fields of nodemailer's errors (`lib/smtp-connection`): what was said last, the server's code, and which command it answered. */
interface SmtpFault {
  message: string;
  code?: string;
  command?: string;
  responseCode?: number;
}

/**
 * What a failed try means (RFC 5321 §4.2.1). Only a 5xx to the recipient or to the mail itself is about this mail; one to the greeting, to
 * the sign-in or to the sender is about our settings, and the mail waits until they are mended. All else is trouble of the moment.
 */
function outcomeOf({ message, command, responseCode }: SmtpFault): MailOutcome {
  const reason = message.replaceAll(/\s+/g, ' ').slice(0, REASON_LENGTH);
  const isFinal = responseCode !== undefined && responseCode >= 500;
  const isAboutMail = command === 'RCPT TO' || command === 'DATA';
  return { kind: isFinal && isAboutMail ? 'refused' : 'later', reason };
}

/** Sends by SMTP, one connection per mail: mails are few, and a connection that idles is one that breaks. */
export function createSmtpDriver(config: MailConfig): MailDriver {
  const transport = createTransport({
    host: config.smtpHost,
    port: config.smtpPort,
    secure: config.smtpTls === 'tls',
    requireTLS: config.smtpTls === 'starttls',
    ignoreTLS: config.smtpTls === 'off',
    ...(config.smtpUser === '' ? {} : { auth: { user: config.smtpUser, pass: config.smtpPassword } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, ...mail }) {
      try {
        await transport.sendMail({
          ...mail,
          from: { name: 'Beamdeck', address: config.smtpFrom },
          to: { name: '', address: to },
          // Programs that answer mails must not answer these (RFC 3834).
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return { kind: 'accepted' };
      } catch (error) {
        return outcomeOf(error as SmtpFault);
      }
    },
  };
}
