import type { AlarmStage } from '../../../shared/model/alarm-ways.ts';
import { composeMail, instantInWords, type MailBody, plainLine } from '../mail/compose-mail.ts';
import type { AlarmPlace, AlarmRow } from './alarm.repository.ts';

/** "Alarm" or "Warning". */
export const levelWord = ({ level }: Pick<AlarmRow, 'level'>): string =>
  level === 'error' ? 'Alarm' : 'Warning';

const minutes = (count: number) => `${count} ${count === 1 ? 'minute' : 'minutes'}`;

/** What the reader is to do, by what they are: staff see to it in the cockpit, admins on the page of the licences. */
function duty(
  place: AlarmPlace,
  stage: AlarmStage,
  { isOnCall, isAdmin }: { isOnCall: boolean; isAdmin: boolean },
): string {
  const after = minutes(place.escalateAfterMinutes);
  if (stage === 'escalated') {
    return `Nobody has acknowledged it within ${after}, so that all staff of ${plainLine(place.name)} are told. Whoever takes care of it acknowledges it ${isAdmin ? 'on the page Licences, beside the hot storage' : 'in the cockpit'}.`;
  }
  return isOnCall
    ? `You are on call. Acknowledge it in the cockpit when you take care of it; without that all staff are told after ${after}.`
    : 'You get this because you chose to get mails about alarms; whoever is on call is told too.';
}

/** One alarm for one of the staff, or of the admins. It names no experiment and no data: these stand in the cockpit. */
export function alarmMail(
  to: { name: string; isOnCall: boolean; isAdmin: boolean },
  place: AlarmPlace,
  row: AlarmRow,
  stage: AlarmStage,
): MailBody {
  const what = `${levelWord(row)} at ${plainLine(place.name)}: ${plainLine(row.words, 120)}`;
  return composeMail({
    subject: stage === 'escalated' ? `Not acknowledged: ${what}` : what,
    greeting: `Hello ${plainLine(to.name)},`,
    before: [
      `${plainLine(row.words, 300)} ${plainLine(row.todo, 500)}`,
      `Seen since ${instantInWords(row.raisedAt, place.timeZone)}.`,
      duty(place, stage, to),
    ],
    action: to.isAdmin ? 'Open the licences' : 'Open the cockpit',
    after: [],
  });
}

/** For somebody who comes on call while alarms stand that nobody has acknowledged: all of them in one mail. */
export function dutyMail(name: string, place: AlarmPlace, rows: readonly AlarmRow[]): MailBody {
  const where = plainLine(place.name);
  const [first] = rows;
  const what =
    rows.length === 1
      ? `${levelWord(first!)}, not acknowledged: ${plainLine(first!.words, 120)}`
      : `${rows.length} alarms that nobody has acknowledged`;
  return composeMail({
    subject: `You are on call at ${where}: ${what}`,
    greeting: `Hello ${plainLine(name)},`,
    before: [
      `You have come on call at ${where}, and nobody has acknowledged what stands there:`,
      ...rows.map(
        (row) =>
          `${levelWord(row)} since ${instantInWords(row.raisedAt, place.timeZone)}: ${plainLine(row.words, 300)} ${plainLine(row.todo, 500)}`,
      ),
      'Acknowledge it in the cockpit when you take care of it.',
    ],
    action: 'Open the cockpit',
    after: [],
  });
}
