import { AppError } from '../../../shared/errors/app-error.ts';
import { FACILITY_ALARMS } from '../../../shared/model/alarm.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import {
  type AlarmRow,
  findAlarm,
  findPlace,
  lockAtFacility,
  personName,
  setAcknowledged,
} from './alarm.repository.ts';
import { postAlarm } from './post-alarm.ts';

type Acknowledged = Parameters<typeof setAcknowledged>[2];

export function createAcknowledgement({ db, webUrl }: { db: Database; webUrl: string }) {
  async function record(tx: Transaction, ctx: ServiceContext, row: AlarmRow, byName: string): Promise<void> {
    const { id, instrumentId, code, level } = row;
    const place = (await findPlace(tx, instrumentId))!;
    if (row.toldAt !== null)
      await postAlarm(tx, ctx, place, row, { event: 'alarm.acknowledged', byName, webUrl });
    await recordAudit(tx, ctx, {
      ...{ action: 'alarm.acknowledge', entityKind: 'alarm', entityId: id },
      detail: { instrumentId, code, level },
    });
    await publish(tx, ctx, {
      topics: [`instrument:${instrumentId}`],
      kind: 'alarm.changed',
      data: { instrumentId },
    });
  }

  /** This alarm, and where it is one of the whole facility the same at its other instruments; none when another was quicker. */
  async function acknowledged(tx: Transaction, found: AlarmRow, set: Acknowledged): Promise<AlarmRow[]> {
    const isOfFacility = FACILITY_ALARMS.has(found.code);
    const place = (await findPlace(tx, found.instrumentId))!;
    // In one order for everybody, so that two who acknowledge it at two instruments do not wait for each other.
    const ids = isOfFacility ? await lockAtFacility(tx, place.facilityId, found.code) : [];
    const own = await setAcknowledged(tx, found.id, set);
    if (!own) return [];
    const rows = [own];
    for (const id of ids.filter((each) => each !== found.id)) {
      const row = await setAcknowledged(tx, id, set);
      if (row) rows.push(row);
    }
    return rows;
  }

  return {
    /**
     * Says by name that the caller takes care of an alarm: nobody is told of it any more. Of two at once the first counts, the other is told who it was
     * (ALREADY_DONE). CONFLICT when it is over. Staff of the instrument; an alarm of the whole facility also its admins.
     */
    async acknowledge(
      ctx: ServiceContext,
      input: { alarmId: string; note: string },
    ): Promise<{ acknowledgedAt: Date }> {
      return db.transaction(async (tx) => {
        const found = await findAlarm(tx, input.alarmId);
        const isOfFacility = found !== null && FACILITY_ALARMS.has(found.code);
        const right = isOfFacility ? 'instrument.facilityAlarms' : 'instrument.alarms';
        await requireInstrument(tx, ctx, found?.instrumentId ?? '', right);
        const personId = actingPerson(ctx);
        if (personId === null)
          throw new AppError('NOT_ALLOWED', 'People acknowledge alarms, by their names.');
        const acknowledgedAt = ctx.now();
        const set = { acknowledgedAt, acknowledgedBy: personId, note: input.note || null };
        const rows = await acknowledged(tx, found!, set);
        if (rows.length === 0) {
          const now = (await findAlarm(tx, found!.id))!;
          if (now.acknowledgedBy === null) throw new AppError('CONFLICT', 'This alarm is over.');
          const name = await personName(tx, now.acknowledgedBy);
          throw new AppError('ALREADY_DONE', `${name} has acknowledged it already.`);
        }
        const byName = await personName(tx, personId);
        for (const row of rows) await record(tx, ctx, row, byName);
        return { acknowledgedAt };
      });
    },
  };
}
