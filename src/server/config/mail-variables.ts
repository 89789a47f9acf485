import { z } from 'zod';
import { hostName, isLoopbackHost, wholeNumber } from './variable-types.ts';

/** How mail leaves. Without a host it does not: mails are kept in the database. */
export interface MailConfig {
  smtpHost: string;
  smtpPort: number;
  /** `starttls`: encrypted before anything else is said; `tls`: from the first byte; `off`: never, on loopback alone. */
  smtpTls: 'starttls' | 'tls' | 'off';
  smtpUser: string;
  smtpPassword: string;
  /** From whom mails come, an address. */
  smtpFrom: string;
}

/** Their rows in the list of all variables; none has to be set. */
export const MAIL_VARIABLES = [
  {
    name: 'BEAMDECK_SMTP_HOST',
    key: 'smtpHost',
    type: z.union([z.literal(''), hostName]),
    fallback: '',
    about:
      'Mail server that takes mails of this installation. Empty: mails are kept in the database, not sent.',
  },
  {
    name: 'BEAMDECK_SMTP_PORT',
    key: 'smtpPort',
    type: wholeNumber(1, 65535),
    fallback: '587',
    about: 'Its port: 587 with starttls, 465 with tls.',
  },
  {
    name: 'BEAMDECK_SMTP_TLS',
    key: 'smtpTls',
    type: z.enum(['starttls', 'tls', 'off'], { error: "must be 'starttls', 'tls' or 'off'" }),
    fallback: 'starttls',
    about:
      'How the way to it is encrypted: starttls, tls (from the first byte), or off (on 127.0.0.1 alone).',
  },
  {
    name: 'BEAMDECK_SMTP_USER',
    key: 'smtpUser',
    type: z.string(),
    fallback: '',
    about: 'Name to sign in there with; empty: without.',
  },
  {
    name: 'BEAMDECK_SMTP_PASSWORD',
    key: 'smtpPassword',
    type: z.string(),
    fallback: '',
    secret: true,
    about: 'Its password.',
  },
  {
    name: 'BEAMDECK_SMTP_FROM',
    key: 'smtpFrom',
    type: z.union([z.literal(''), z.email('must be an e-mail address')]),
    fallback: '',
    about: 'Address that mails come from, such as beamdeck@example.org; needed with a mail server.',
  },
] as const;

/** Rules between them. */
export function mailFaults(config: MailConfig): string[] {
  if (config.smtpHost === '') return [];
  const faults: string[] = [];
  if (config.smtpFrom === '') faults.push('BEAMDECK_SMTP_FROM must be set when BEAMDECK_SMTP_HOST is');
  if (config.smtpTls === 'off' && !isLoopbackHost(config.smtpHost)) {
    faults.push(
      'BEAMDECK_SMTP_TLS must not be off unless BEAMDECK_SMTP_HOST is on loopback: mails hold links that open accounts',
    );
  }
  if ((config.smtpUser === '') !== (config.smtpPassword === '')) {
    faults.push('BEAMDECK_SMTP_USER and BEAMDECK_SMTP_PASSWORD belong together: set both or neither');
  }
  return faults;
}
