import { describe, expect, it } from 'vitest';
import type { Alarm } from './alarm.ts';
import { alarmKey, decideAlarms, QUIET_MS, SETTLE_MS, type StandingAlarm, subjectOf } from './alarm-life.ts';

const START = new Date('2026-11-22T08:00:00Z');
const ESCALATE_MS = 10 * 60_000;
const past = (ms: number) => new Date(START.getTime() + ms);

const alarm = (changes: Partial<Alarm> = {}): Alarm => ({
  level: 'error',
  code: 'agent-silent',
  sentence: 's',
  todo: 't',
  since: null,
  agentId: 'hub',
  source: null,
  ...changes,
});

interface Kept extends StandingAlarm {
  clearedAt: Date | null;
}

/** The rows of one instrument, moved on as the worker does by what is decided; `told` is what people have heard, in order. */
class Rows {
  readonly all: Kept[] = [];
  readonly told: { id: string; key: string; stage: 'raised' | 'escalated'; at: Date }[] = [];

  standing(): Kept[] {
    return this.all.filter(({ clearedAt }) => clearedAt === null);
  }

  #row(id: string): Kept {
    return this.all.find((row) => row.id === id)!;
  }

  look(alarms: readonly Alarm[], at: Date): void {
    const decided = decideAlarms(this.standing(), alarms, at, ESCALATE_MS);
    for (const id of decided.seen) this.#row(id).lastSeenAt = at;
    for (const { id, at: end } of decided.clear) this.#row(id).clearedAt = end;
    for (const raised of decided.raise) {
      this.all.push({
        ...{
          id: String(this.all.length),
          code: raised.code,
          subject: subjectOf(raised),
          level: raised.level,
          step: raised.step ?? null,
        },
        ...{ raisedAt: at, lastSeenAt: at, toldAt: null, escalatedAt: null },
        ...{ acknowledgedAt: null, clearedAt: null },
      });
    }
    for (const id of decided.tell) this.#tell(id, 'raised', at);
    for (const id of decided.escalate) this.#tell(id, 'escalated', at);
  }

  #tell(id: string, stage: 'raised' | 'escalated', at: Date): void {
    const row = this.#row(id);
    row[stage === 'raised' ? 'toldAt' : 'escalatedAt'] = at;
    this.told.push({ id, key: alarmKey(row), stage, at });
  }

  acknowledge(id: string, at: Date): void {
    this.#row(id).acknowledgedAt = at;
  }

  stages = () => this.told.map(({ stage }) => stage);
}

/** Looks every 5 s from `from` to `until`, at what `alarms` says of each moment. */
function watch(rows: Rows, from: number, until: number, alarms: (ms: number) => readonly Alarm[]): void {
  for (let ms = from; ms <= until; ms += 5000) rows.look(alarms(ms), past(ms));
}

describe('an alarm', () => {
  it('that grows by steps is told at each further one, also when the one before was acknowledged, and not on the way back', () => {
    const rows = new Rows();
    const steps = [80, 90, 100, 90, 80, 90];
    const stepAt = (ms: number) => steps[Math.min(Math.floor(ms / 60_000), steps.length - 1)]!;
    const storage = (step: number) =>
      alarm({ code: 'storage-fills', level: step === 100 ? 'error' : 'warn', agentId: null, step });
    watch(rows, 0, 30_000, (ms) => [storage(stepAt(ms))]);
    rows.acknowledge('0', past(35_000));
    watch(rows, 40_000, 360_000, (ms) => [storage(stepAt(ms))]);
    expect(rows.stages()).toEqual(['raised', 'raised', 'raised']);
    expect(rows.all.map(({ step }) => step)).toEqual([80, 90, 100]);
    expect(rows.standing()).toHaveLength(1);
  });

  it('that stands is told once, and escalated once when nobody acknowledges it', () => {
    const rows = new Rows();
    watch(rows, 0, 3600_000, () => [alarm()]);
    expect(rows.told).toMatchObject([
      { stage: 'raised', at: past(SETTLE_MS) },
      { stage: 'escalated', at: past(SETTLE_MS + ESCALATE_MS) },
    ]);
    expect(rows.all).toHaveLength(1);
  });

  it('that goes within seconds is told to nobody', () => {
    const rows = new Rows();
    watch(rows, 0, 3600_000, (ms) => (ms < SETTLE_MS - 5000 ? [alarm()] : []));
    expect(rows.told).toEqual([]);
    expect(rows.all).toMatchObject([{ clearedAt: past(SETTLE_MS - 10_000) }]);
  });

  it('that flaps is one alarm: told once', () => {
    const rows = new Rows();
    watch(rows, 0, 3600_000, (ms) => (Math.floor(ms / 60_000) % 3 === 0 ? [alarm()] : []));
    expect(rows.all).toHaveLength(1);
    expect(rows.stages()).toEqual(['raised', 'escalated']);
  });

  it('is over as of when it was last seen, and is another one when it comes again', () => {
    const rows = new Rows();
    watch(rows, 0, 60_000, () => [alarm()]);
    watch(rows, 65_000, 65_000 + QUIET_MS, () => []);
    expect(rows.all).toMatchObject([{ clearedAt: past(60_000) }]);
    watch(rows, 2 * QUIET_MS, 2 * QUIET_MS + 60_000, () => [alarm()]);
    expect(rows.all).toHaveLength(2);
    expect(rows.stages()).toEqual(['raised', 'raised']);
  });

  it('that somebody has acknowledged is neither told nor escalated', () => {
    const early = new Rows();
    watch(early, 0, 5000, () => [alarm()]);
    early.acknowledge('0', past(5000));
    watch(early, 10_000, 3600_000, () => [alarm()]);
    expect(early.told).toEqual([]);
    const told = new Rows();
    watch(told, 0, 60_000, () => [alarm()]);
    told.acknowledge('0', past(60_000));
    watch(told, 65_000, 3600_000, () => [alarm()]);
    expect(told.stages()).toEqual(['raised']);
  });

  it('that was a warning, and acknowledged as one, is news when it has become worse, and not when it is better again', () => {
    const rows = new Rows();
    watch(rows, 0, 60_000, () => [alarm({ level: 'warn' })]);
    rows.acknowledge('0', past(60_000));
    watch(rows, 65_000, 120_000, () => [alarm()]);
    watch(rows, 125_000, 180_000, () => [alarm({ level: 'warn' })]);
    expect(rows.all.map(({ level }) => level)).toEqual(['warn', 'error']);
    expect(rows.stages()).toEqual(['raised', 'raised']);
    rows.acknowledge('1', past(180_000));
    watch(rows, 185_000, 240_000, (ms) => [alarm({ level: ms % 10_000 === 0 ? 'error' : 'warn' })]);
    expect(rows.all).toHaveLength(2);
  });

  it('about a dataset is news when another one is incomplete after it was acknowledged', () => {
    const incomplete = (ms: number) => alarm({ code: 'dataset-incomplete', agentId: null, since: past(ms) });
    const rows = new Rows();
    watch(rows, 0, 60_000, () => [incomplete(-1000)]);
    watch(rows, 65_000, 120_000, () => [incomplete(62_000)]);
    expect(rows.all).toHaveLength(1);
    rows.acknowledge('0', past(120_000));
    watch(rows, 125_000, 180_000, () => [incomplete(62_000)]);
    expect(rows.all).toHaveLength(1);
    watch(rows, 185_000, 240_000, () => [incomplete(182_000)]);
    expect(rows.all).toHaveLength(2);
    expect(rows.stages()).toEqual(['raised', 'raised']);
    // What lasts is no news by beginning anew.
    const silent = new Rows();
    watch(silent, 0, 60_000, () => [alarm({ since: past(0) })]);
    silent.acknowledge('0', past(60_000));
    watch(silent, 65_000, 120_000, () => [alarm({ since: past(62_000) })]);
    expect(silent.all).toHaveLength(1);
  });

  it('is told apart by agent and source, and counts once when it is said twice', () => {
    const rows = new Rows();
    const two = [alarm({ source: 'a' }), alarm({ source: 'b' }), alarm({ source: 'b', level: 'warn' })];
    watch(rows, 0, 5000, () => two);
    expect(rows.all.map(({ subject, level }) => `${subject} ${level}`)).toEqual([
      'hub/a error',
      'hub/b error',
    ]);
    const [first] = rows.all;
    expect(alarmKey(first!)).toBe(alarmKey(two[0]!));
  });
});

/** mulberry32: the same sequence for a seed, so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

it.each(Array.from({ length: 60 }, (_, seed) => seed))(
  'any sequence of alarms, pauses and acknowledgements tells each alarm and stage once at most (seed %i)',
  (seed) => {
    const next = random(seed);
    const pick = <T>(items: readonly T[]) => items[Math.floor(next() * items.length)]!;
    const codes = ['agent-silent', 'disk-low', 'dataset-incomplete', 'storage-fills'] as const;
    const rows = new Rows();
    const wrong: string[] = [];
    let ms = 0;
    for (let step = 0; step < 400; step += 1) {
      ms += pick([5000, 5000, 5000, 20_000, 120_000, QUIET_MS + 1000]);
      const alarms = codes.flatMap((code) =>
        next() < 0.6
          ? [
              alarm({
                code,
                level: pick(['warn', 'error']),
                since: pick([null, past(ms - 1000)]),
                source: pick(['a', 'b']),
                ...(code === 'storage-fills' && { step: pick([80, 90, 100]) }),
              }),
            ]
          : [],
      );
      rows.look(alarms, past(ms));
      const open = rows.standing().filter(({ acknowledgedAt }) => acknowledgedAt === null);
      if (open.length > 0 && next() < 0.1) rows.acknowledge(pick(open).id, past(ms));

      const keys = rows.standing().map(alarmKey);
      if (new Set(keys).size < keys.length) wrong.push(`${step}: one alarm stands twice`);
      if (!alarms.every((each) => keys.includes(alarmKey(each)))) wrong.push(`${step}: an alarm is missing`);
    }
    expect(wrong).toEqual([]);
    const once = rows.told.map(({ id, stage }) => `${id} ${stage}`);
    expect(once.length).toBeGreaterThan(0);
    expect(new Set(once).size).toBe(once.length);
    for (const { id, stage, at } of rows.told) {
      const row = rows.all.find((each) => each.id === id)!;
      if (row.acknowledgedAt) expect(at <= row.acknowledgedAt).toBe(true);
      if (stage === 'escalated')
        expect(at.getTime() - row.toldAt!.getTime()).toBeGreaterThanOrEqual(ESCALATE_MS);
    }
    // What is decided for what has been decided is nothing more: a second worker in the same moment does no harm.
    const told = rows.told.length;
    const all = rows.all.length;
    rows.look(
      rows.standing().map(({ code, subject, level }) => {
        const [agentId, source] = subject.split('/') as [string, string];
        return alarm({ code, level, agentId, source });
      }),
      past(ms),
    );
    rows.look([], past(ms));
    expect(rows.all).toHaveLength(all);
    expect(rows.told.length - told).toBeLessThanOrEqual(rows.standing().length);
  },
);
