import { plainText } from './plain-text.ts';

/** What whoever acknowledges an alarm tells the rest of the staff; may be empty. */
export const alarmNote = plainText({ max: 300 });
