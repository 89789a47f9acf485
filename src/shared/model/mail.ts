/** What mails there are. */
export const MAIL_KINDS = [
  'invitation',
  'ownership-offer',
  'ownership-given',
  'password-link',
  'password-changed',
  'verify-address',
  'address-changed',
  'sign-in-ways',
  'experiment-ends',
  'data-moved',
  'deletion-asked',
  'deletion-decided',
  'storage-fills',
  'alarm',
] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/**
 * `waiting` to be sent (again), `sent`: taken by the mail server, `refused`: it said no for good, `late`: it could not be sent before it had no
 * use any more, `kept`: this installation sends no mail.
 */
export const MAIL_STATES = ['waiting', 'sent', 'refused', 'late', 'kept'] as const;
export type MailState = (typeof MAIL_STATES)[number];
