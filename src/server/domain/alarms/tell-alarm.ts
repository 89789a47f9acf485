import { FACILITY_ALARMS } from '../../../shared/model/alarm.ts';
import { type AlarmStage, alarmWays } from '../../../shared/model/alarm-ways.ts';
import type { NotificationKind } from '../../../shared/model/notification.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { writeMail } from '../mail/write-mail.ts';
import { howToTell, notify } from '../notifications/notify.ts';
import { type AlarmPlace, type AlarmRow, firstAtFacility } from './alarm.repository.ts';
import { alarmMail, levelWord } from './alarm-mail.ts';
import { adminsOf, staffOf } from './duty.repository.ts';
import { personOnCall } from './duty.ts';

/** After so long a mail about an alarm says nothing of now. */
const USELESS_AFTER_MS = 6 * 3600 * 1000;

const kindOf = ({ level }: AlarmRow, stage: AlarmStage): NotificationKind =>
  stage === 'escalated' ? 'alarm-escalated' : level === 'error' ? 'alarm-error' : 'alarm-warn';

function lineOf(place: AlarmPlace, row: AlarmRow, stage: AlarmStage): string {
  const line = `${levelWord(row)} at ${place.name}: ${row.words}`;
  return stage === 'escalated'
    ? `${line} Nobody has acknowledged it for ${place.escalateAfterMinutes} min.`
    : line;
}

/** Whom an alarm is told to, and on which page they see to it. An alarm of the facility goes to its admins too, who have no cockpit. */
async function readersOf(tx: Transaction, place: AlarmPlace, row: AlarmRow) {
  const staff = await staffOf(tx, place.id);
  const isStaff = (personId: string) => staff.some((each) => each.personId === personId);
  const admins = FACILITY_ALARMS.has(row.code) ? await adminsOf(tx, place.facilityId) : [];
  return {
    staff,
    readers: [
      ...staff.map((person) => ({ ...person, isAdmin: false, link: `/instruments/${place.slug}` })),
      ...admins
        .filter(({ personId }) => !isStaff(personId))
        .map((person) => ({ ...person, isAdmin: true, link: '/admin/licences' })),
    ],
  };
}

/** Names the news. An alarm of the facility stands at each of its instruments: whoever is staff of several is told by one of them. */
async function newsOf(tx: Transaction, place: AlarmPlace, row: AlarmRow, stage: AlarmStage): Promise<string> {
  const first = FACILITY_ALARMS.has(row.code) ? await firstAtFacility(tx, place.facilityId, row) : null;
  return `alarm:${first ?? row.id}:${stage}`;
}

/**
 * Tells the staff of an instrument of an alarm, each as they want to be, in the transaction that marks it as told. What is told is keyed by alarm, stage
 * and person, so that nobody is told twice whoever tries again.
 */
export async function tellStaff(
  tx: Transaction,
  ctx: ServiceContext,
  place: AlarmPlace,
  row: AlarmRow,
  stage: AlarmStage,
): Promise<void> {
  const now = ctx.now();
  const { staff, readers } = await readersOf(tx, place, row);
  const duty = await personOnCall(tx, place.id, now, staff);
  const how = await howToTell(
    tx,
    readers.map(({ personId }) => personId),
  );
  const dedupeKey = await newsOf(tx, place, row, stage);
  // That storage fills is mailed to all of them by the watch of the storage, with what it means.
  const isMailed = stage === 'escalated' || !FACILITY_ALARMS.has(row.code);
  for (const { personId, name, email, isProved, isAdmin, link } of readers) {
    const isOnCall = duty?.personId === personId;
    const reader = { isOnCall, ...how(personId) };
    const ways = alarmWays(reader, { stage, level: row.level }, now, place.timeZone);
    if (ways.app) {
      const text = lineOf(place, row, stage);
      await notify(tx, ctx, { personId, kind: kindOf(row, stage), dedupeKey, text, link });
    }
    if (ways.email && isProved && isMailed) {
      await writeMail(tx, ctx, {
        ...{ dedupeKey: `${dedupeKey}:${personId}`, kind: 'alarm', to: email, personId },
        body: alarmMail({ name, isOnCall, isAdmin }, place, row, stage),
        ...{ link, uselessAt: new Date(now.getTime() + USELESS_AFTER_MS) },
      });
    }
  }
}
