export interface OutgoingMail {
  /** With angle brackets, the same at every try: by it the receiving side knows one that comes twice. */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

export type MailOutcome =
  /** The mail server has taken it over. */
  | { kind: 'accepted' }
  /** It never will: there is no such address, or it does not want this mail. */
  | { kind: 'refused'; reason: string }
  /** Not now: the server is away or busy, or its settings are wrong. */
  | { kind: 'later'; reason: string }
  /** This installation sends none. */
  | { kind: 'kept' };

/** A way for mails to leave. Never throws for what a mail server says or does not say; takes less than a minute. */
export interface MailDriver {
  send(mail: OutgoingMail): Promise<MailOutcome>;
}
