import type { MailDriver } from './mail.port.ts';

/** For a demo and for installations without a mail server: mails stay where they are written. */
export const outboxDriver: MailDriver = { send: async () => ({ kind: 'kept' }) };
