import { composeMail, instantInWords, type MailBody, plainLine } from '../mail/compose-mail.ts';

interface To {
  name: string;
  timeZone: string;
}
const hello = ({ name }: To) => `Hello ${plainLine(name)},`;
const UNASKED = 'If you did not ask for this, do nothing: without the link nothing changes.';

export const passwordLinkMail = (to: To, expiresAt: Date): MailBody =>
  composeMail({
    subject: 'Set a new password for Beamdeck',
    greeting: hello(to),
    before: ['somebody, probably you, asked for a new password for your account.'],
    action: 'Set a new password',
    after: [`The link works once, until ${instantInWords(expiresAt, to.timeZone)}.`, UNASKED],
  });

export const passwordChangedMail = (to: To, at: Date): MailBody =>
  composeMail({
    subject: 'Your password for Beamdeck was changed',
    greeting: hello(to),
    before: [
      `your password was changed on ${instantInWords(at, to.timeZone)}, and every browser that was signed in with your account is signed out.`,
    ],
    after: [
      'If that was not you, ask for a new password on the sign-in page at once, and tell the facility.',
    ],
  });

export const proveAddressMail = (to: To, expiresAt: Date): MailBody =>
  composeMail({
    subject: 'Is this your e-mail address?',
    greeting: hello(to),
    before: ['you want to use this address for your account. Open the link while you are signed in.'],
    action: 'Yes, this is my address',
    after: [`The link works once, until ${instantInWords(expiresAt, to.timeZone)}.`, UNASKED],
  });

export const addressChangedMail = (to: To, at: Date): MailBody =>
  composeMail({
    subject: 'Your account at Beamdeck has another e-mail address',
    greeting: hello(to),
    before: [
      `since ${instantInWords(at, to.timeZone)} your account has another e-mail address than this one.`,
    ],
    after: ['If that was not you, tell the facility at once.'],
  });

export const wayAddedMail = (to: To, provider: string, at: Date): MailBody =>
  composeMail({
    subject: `You can sign in to Beamdeck through ${plainLine(provider)} now`,
    greeting: hello(to),
    before: [
      `since ${instantInWords(at, to.timeZone)} an account at ${plainLine(provider)} opens your account at Beamdeck.`,
    ],
    after: [
      'If that was not you, remove it on your account page, set a new password, and tell the facility.',
    ],
  });

export const wayTakenMail = (to: To, provider: string, at: Date): MailBody =>
  composeMail({
    subject: `You cannot sign in to Beamdeck through ${plainLine(provider)} any more`,
    greeting: hello(to),
    before: [
      `since ${instantInWords(at, to.timeZone)} an account at ${plainLine(provider)} does not open your account at Beamdeck any more.`,
    ],
    after: ['If that was not you, ask for a new password on the sign-in page, and tell the facility.'],
  });
