import type { Alarm, AlarmCode } from './alarm.ts';

/** Seen for that long it is no blip of a restart, and people are told. */
export const SETTLE_MS = 15_000;
/** Gone for that long it is over. What comes back sooner is the same alarm, so that one that flaps tells nobody twice. */
export const QUIET_MS = 5 * 60_000;

/** What tells of something that happened, and not of something that lasts: what happened after it was acknowledged is news. */
const EVENTS: ReadonlySet<AlarmCode> = new Set(['dataset-incomplete']);

/** An alarm that is kept as long as it is not over. */
export interface StandingAlarm {
  id: string;
  code: AlarmCode;
  /** See `subjectOf`. */
  subject: string;
  level: Alarm['level'];
  raisedAt: Date;
  lastSeenAt: Date;
  /** When people were told of it; null while it is younger than `SETTLE_MS`. */
  toldAt: Date | null;
  escalatedAt: Date | null;
  acknowledgedAt: Date | null;
  /** The step it had come to when it was raised; null where it has none. It stays when less is used again: what has been told was so. */
  step: number | null;
}

export interface AlarmDecision {
  raise: Alarm[];
  /** Ids of those that are still seen. */
  seen: string[];
  /** `isOver`: gone since `at`; else another one follows it in `raise`. */
  clear: { id: string; at: Date; isOver: boolean }[];
  tell: string[];
  escalate: string[];
}

/** Of two alarms with one code: what tells them apart, by ids and names of the facility's own things. */
export const subjectOf = ({ agentId, source }: Pick<Alarm, 'agentId' | 'source'>): string =>
  `${agentId ?? ''}/${source ?? ''}`;

/** The same for an alarm and for how it is kept. */
export const alarmKey = (
  alarm: { code: AlarmCode } & ({ subject: string } | Parameters<typeof subjectOf>[0]),
) => `${alarm.code} ${'subject' in alarm ? alarm.subject : subjectOf(alarm)}`;

/** Each once, the worse of two. */
function byKey(alarms: readonly Alarm[]): Map<string, Alarm> {
  const worst = new Map<string, Alarm>();
  for (const alarm of alarms) {
    const key = alarmKey(alarm);
    if (worst.get(key)?.level !== 'error') worst.set(key, alarm);
  }
  return worst;
}

/** A warning that has become an alarm, a further step, or something that happened after somebody had taken care of what was before. */
function isNews(row: StandingAlarm, alarm: Alarm): boolean {
  if (alarm.level === 'error' && row.level === 'warn') return true;
  if ((alarm.step ?? 0) > (row.step ?? 0)) return true;
  const { acknowledgedAt } = row;
  return (
    EVENTS.has(row.code) && acknowledgedAt !== null && alarm.since !== null && alarm.since > acknowledgedAt
  );
}

/**
 * What becomes of the alarms that are kept, from those that are now: a pure function, so that whoever looks again, or in two places at once, decides
 * the same. Each kept alarm is told once at most and escalated once at most; acknowledged, neither any more.
 */
export function decideAlarms(
  kept: readonly StandingAlarm[],
  alarms: readonly Alarm[],
  at: Date,
  escalateAfterMs: number,
): AlarmDecision {
  const decision: AlarmDecision = { raise: [], seen: [], clear: [], tell: [], escalate: [] };
  const ageMs = (since: Date) => at.getTime() - since.getTime();
  const now = byKey(alarms);
  for (const row of kept) {
    const key = alarmKey(row);
    const alarm = now.get(key);
    if (!alarm) {
      if (ageMs(row.lastSeenAt) >= QUIET_MS)
        decision.clear.push({ id: row.id, at: row.lastSeenAt, isOver: true });
      continue;
    }
    if (isNews(row, alarm)) {
      decision.clear.push({ id: row.id, at, isOver: false });
      continue;
    }
    now.delete(key);
    decision.seen.push(row.id);
    if (row.acknowledgedAt !== null) continue;
    if (row.toldAt === null) {
      if (ageMs(row.raisedAt) >= SETTLE_MS) decision.tell.push(row.id);
    } else if (row.escalatedAt === null && ageMs(row.toldAt) >= escalateAfterMs) {
      decision.escalate.push(row.id);
    }
  }
  decision.raise = [...now.values()];
  return decision;
}
