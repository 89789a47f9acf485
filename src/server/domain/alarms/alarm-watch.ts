import type { Alarm } from '../../../shared/model/alarm.ts';
import { decideAlarms, subjectOf } from '../../../shared/model/alarm-life.ts';
import type { AlarmStage } from '../../../shared/model/alarm-ways.ts';
import { plainAlarm } from '../../../shared/model/alarm-words.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { instrumentAlarms } from '../instruments/instrument-alarms.ts';
import { requireSystem } from '../people/people.policy.ts';
import {
  type AlarmPlace,
  type AlarmRow,
  clearAlarm,
  findPlace,
  insertAlarm,
  instrumentIds,
  lockAlarms,
  markSeen,
  markTold,
  removeAlarms,
  standingAlarms,
} from './alarm.repository.ts';
import { postAlarm } from './post-alarm.ts';
import { tellStaff } from './tell-alarm.ts';
import { tellDuty } from './tell-duty.ts';

/** Also what is decided of it: escalations, acknowledgements. The audit keeps them for good. */
export const KEEP_ALARMS_MS = 90 * 24 * 3600 * 1000;

/** Looks after the alarms of all instruments; for workers. Any number may look: one at a time does at an instrument, and all decide alike. */
export function createAlarmWatch({ db, webUrl }: { db: Database; webUrl: string }) {
  const record = (tx: Transaction, ctx: ServiceContext, place: AlarmPlace, row: AlarmRow, what: string) =>
    recordAudit(tx, ctx, {
      action: `alarm.${what}`,
      entityKind: 'alarm',
      entityId: row.id,
      detail: { instrumentId: place.id, code: row.code, level: row.level },
    });

  async function raise(
    tx: Transaction,
    ctx: ServiceContext,
    place: AlarmPlace,
    alarm: Alarm,
    agentNames: ReadonlyMap<string, string>,
  ): Promise<void> {
    const now = ctx.now();
    const agentName = alarm.agentId === null ? null : (agentNames.get(alarm.agentId) ?? null);
    const row = await insertAlarm(tx, {
      ...{ id: ctx.newId(), instrumentId: place.id, code: alarm.code, level: alarm.level },
      subject: subjectOf(alarm),
      words: plainAlarm(alarm.code, { agentName, source: alarm.source, step: alarm.step }),
      step: alarm.step ?? null,
      todo: alarm.todo,
      ...{ raisedAt: now, lastSeenAt: now },
    });
    await record(tx, ctx, place, row, 'raise');
  }

  /** Marked and told in one transaction: of two workers the second finds it marked. */
  async function tell(
    tx: Transaction,
    ctx: ServiceContext,
    place: AlarmPlace,
    id: string,
    stage: AlarmStage,
  ) {
    const row = await markTold(tx, id, stage, ctx.now());
    if (!row) return;
    await tellStaff(tx, ctx, place, row, stage);
    await postAlarm(tx, ctx, place, row, { event: `alarm.${stage}`, byName: null, webUrl });
    await record(tx, ctx, place, row, stage === 'raised' ? 'tell' : 'escalate');
  }

  /** False while another looks at the same instrument, or when there is none. */
  async function look(ctx: ServiceContext, input: { instrumentId: string }): Promise<boolean> {
    requireSystem(ctx);
    const { instrumentId } = input;
    const place = await findPlace(db, instrumentId);
    if (!place) return false;
    // Before the transaction: these questions are asked side by side, for which one connection is too few.
    const now = ctx.now();
    const { alarms, agentNames } = await instrumentAlarms(db, place, now);
    return db.transaction(async (tx) => {
      if (!(await lockAlarms(tx, instrumentId))) return false;
      const kept = await standingAlarms(tx, instrumentId);
      const decided = decideAlarms(kept, alarms, now, place.escalateAfterMinutes * 60_000);
      await markSeen(tx, decided.seen, now);
      for (const { id, at, isOver } of decided.clear) {
        if (!(await clearAlarm(tx, id, at))) continue;
        const row = { ...kept.find((each) => each.id === id)!, clearedAt: at };
        await record(tx, ctx, place, row, 'clear');
        // Who was not told that it began need not be told that it is over.
        if (isOver && row.toldAt !== null) {
          await postAlarm(tx, ctx, place, row, { event: 'alarm.cleared', byName: null, webUrl });
        }
      }
      for (const alarm of decided.raise) await raise(tx, ctx, place, alarm, agentNames);
      for (const id of decided.tell) await tell(tx, ctx, place, id, 'raised');
      for (const id of decided.escalate) await tell(tx, ctx, place, id, 'escalated');
      const isSeen = new Set(decided.seen);
      const unattended = kept.filter(({ id, acknowledgedAt }) => isSeen.has(id) && acknowledgedAt === null);
      await tellDuty(tx, ctx, place, unattended);
      const { raise: raised, clear, tell: told, escalate } = decided;
      if (raised.length + clear.length + told.length + escalate.length > 0) {
        await publish(tx, ctx, {
          topics: [`instrument:${instrumentId}`],
          kind: 'alarm.changed',
          data: { instrumentId },
        });
      }
      return true;
    });
  }

  return {
    look,

    /** At every instrument; how many could be looked at. What fails at one keeps none of the others from being looked at, and is thrown at the end. */
    async lookEverywhere(ctx: ServiceContext): Promise<number> {
      requireSystem(ctx);
      let looked = 0;
      const faults: unknown[] = [];
      for (const instrumentId of await instrumentIds(db)) {
        try {
          if (await look(ctx, { instrumentId })) looked += 1;
        } catch (error) {
          faults.push(error);
        }
      }
      if (faults.length > 0) throw faults[0];
      return looked;
    },

    /** Removes what has been over for long. */
    async sweep(ctx: ServiceContext): Promise<number> {
      requireSystem(ctx);
      return removeAlarms(db, new Date(ctx.now().getTime() - KEEP_ALARMS_MS));
    },
  };
}

export type AlarmWatch = ReturnType<typeof createAlarmWatch>;
