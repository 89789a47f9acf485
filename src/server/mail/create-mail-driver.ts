import type { MailConfig } from '../config/mail-variables.ts';
import type { MailDriver } from './mail.port.ts';
import { outboxDriver } from './outbox-driver.ts';
import { createSmtpDriver } from './smtp-driver.ts';

/** By the settings: SMTP where a mail server is named, else mails are kept. */
export const createMailDriver = (config: MailConfig): MailDriver =>
  config.smtpHost === '' ? outboxDriver : createSmtpDriver(config);
