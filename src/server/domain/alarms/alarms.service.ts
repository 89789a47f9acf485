import type { Alarm, AlarmCode } from '../../../shared/model/alarm.ts';
import { alarmKey } from '../../../shared/model/alarm-life.ts';
import { plainAlarm } from '../../../shared/model/alarm-words.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { requireFacility, requireInstrument } from '../experiments/experiment.policy.ts';
import { startOfDay } from '../instruments/start-of-day.ts';
import { createAcknowledgement } from './acknowledge.ts';
import {
  alarmsSince,
  findPlace,
  type NamedAlarm,
  setEscalation,
  standingOfFacility,
} from './alarm.repository.ts';
import { staffOf } from './duty.repository.ts';
import { type OnCallNow, onCallNow } from './duty.ts';
import { createRota } from './rota.ts';
import { createWebhooks, type WebhookDeps } from './webhooks.ts';

const MOST_ENDED = 100;

/** An alarm as it is kept: told without the names of experiments and data, which the cockpit alone has. */
export interface AlarmView {
  alarmId: string;
  /** The same as of the alarm in the cockpit (`alarmKey`). */
  key: string;
  code: AlarmCode;
  level: Alarm['level'];
  text: string;
  todo: string;
  raisedAt: Date;
  lastSeenAt: Date;
  /** False for one that is gone, and is over when it does not come back. */
  isSeen: boolean;
  /** When staff were told; null in the first seconds. */
  toldAt: Date | null;
  escalatedAt: Date | null;
  acknowledged: { at: Date; by: string; note: string | null } | null;
  clearedAt: Date | null;
}

/** An alarm of the whole facility as its admins see it: of what staff of an instrument wrote nothing. */
export interface FacilityAlarmView
  extends Pick<AlarmView, 'alarmId' | 'code' | 'level' | 'text' | 'raisedAt'> {
  acknowledged: { at: Date; by: string } | null;
}

export interface AlarmsView {
  standing: AlarmView[];
  /** Over since midnight at the facility, the newest first. */
  ended: AlarmView[];
  escalateAfterMinutes: number;
  onCall: OnCallNow;
}

/** Workers look every five seconds: what they have not seen for longer is gone. */
const SEEN_MS = 20_000;

function toView({ alarm: row, acknowledgedByName }: NamedAlarm, now: Date): AlarmView {
  const { acknowledgedAt, note } = row;
  return {
    alarmId: row.id,
    key: alarmKey(row),
    code: row.code,
    level: row.level,
    text: row.words,
    todo: row.todo,
    raisedAt: row.raisedAt,
    lastSeenAt: row.lastSeenAt,
    isSeen: row.clearedAt === null && now.getTime() - row.lastSeenAt.getTime() <= SEEN_MS,
    toldAt: row.toldAt,
    escalatedAt: row.escalatedAt,
    acknowledged: acknowledgedAt && { at: acknowledgedAt, by: acknowledgedByName!, note },
    clearedAt: row.clearedAt,
  };
}

function toFacilityView({ alarm: row, acknowledgedByName }: NamedAlarm): FacilityAlarmView {
  const { id: alarmId, code, level, raisedAt, acknowledgedAt, step } = row;
  const text = plainAlarm(code, { agentName: null, source: null, step: step ?? undefined });
  const acknowledged = acknowledgedAt && { at: acknowledgedAt, by: acknowledgedByName! };
  return { alarmId, code, level, text, raisedAt, acknowledged };
}

/** Alarms of an instrument for its staff: who takes care of them, who is on call, where they are told. */
export function createAlarmsService(deps: WebhookDeps) {
  const { db, webUrl } = deps;
  return {
    ...createAcknowledgement({ db, webUrl }),
    ...createRota({ db }),
    ...createWebhooks(deps),

    async list(ctx: ServiceContext, input: { instrumentId: string }): Promise<AlarmsView> {
      const { instrumentId } = input;
      await requireInstrument(db, ctx, instrumentId, 'instrument.cockpit');
      const now = ctx.now();
      const place = (await findPlace(db, instrumentId))!;
      const [{ standing, ended }, staff] = await Promise.all([
        alarmsSince(db, instrumentId, startOfDay(now, place.timeZone), MOST_ENDED),
        staffOf(db, instrumentId),
      ]);
      return {
        standing: standing.map((row) => toView(row, now)),
        ended: ended.map((row) => toView(row, now)),
        escalateAfterMinutes: place.escalateAfterMinutes,
        onCall: await onCallNow(db, instrumentId, now, staff),
      };
    },

    /** The alarms of the whole facility that stand, one of each code: acknowledged, it is so at every instrument. For admins, who have no cockpit. */
    async ofFacility(ctx: ServiceContext, input: { facilityId: string }): Promise<FacilityAlarmView[]> {
      await requireFacility(db, ctx, input.facilityId, 'facility.alarms');
      return (await standingOfFacility(db, input.facilityId)).map(toFacilityView);
    },

    /** After so many minutes without acknowledgement all staff are told. */
    async setEscalation(
      ctx: ServiceContext,
      input: { instrumentId: string; minutes: number },
    ): Promise<void> {
      const { instrumentId, minutes } = input;
      await db.transaction(async (tx) => {
        await requireInstrument(tx, ctx, instrumentId, 'instrument.alarms');
        await setEscalation(tx, instrumentId, minutes);
        await recordAudit(tx, ctx, {
          action: 'instrument.setEscalation',
          entityKind: 'instrument',
          entityId: instrumentId,
          detail: { minutes },
        });
        await publish(tx, ctx, {
          topics: [`instrument:${instrumentId}`],
          kind: 'alarm.changed',
          data: { instrumentId },
        });
      });
    },
  };
}

export type AlarmsService = ReturnType<typeof createAlarmsService>;
