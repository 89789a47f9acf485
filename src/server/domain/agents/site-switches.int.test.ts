import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SiteSwitch } from '../../../shared/contracts/agent-control.ts';
import { heartbeatOf } from '../../../testing/heartbeat.ts';
import { type IngestWorld, LONG_AGO, randomFile } from '../../../testing/ingest-world.ts';
import { ingestWorlds } from '../../../testing/ingest-worlds.ts';
import { testContext } from '../../../testing/test-context.ts';
import { acquiredAt, watchedFiles } from '../../../testing/watched-files.ts';
import { agentReport, experiment, file, outbox, siteSwitch } from '../../db/schema/index.ts';

const world = ingestWorlds();
let w: IngestWorld;

beforeEach(async () => {
  w = await world();
});

const day = (time: string) => `2026-06-01T${time}:00.000Z`;
const switched = (
  time: string,
  experimentId: string | null,
  changes: Partial<SiteSwitch> = {},
): SiteSwitch => ({
  id: randomUUID(),
  experimentId,
  at: day(time),
  clockOffsetMs: 0,
  clockDoubtMs: 20,
  by: 'operator',
  ...changes,
});

/** The agent comes back at `time` with what was switched meanwhile. */
async function tell(time: string, ...siteSwitches: SiteSwitch[]) {
  const ctx = testContext(w.agentContext.principal);
  ctx.at(day(time));
  const answer = await w.agents.heartbeat(ctx, heartbeatOf({ siteSwitches }));
  expect(answer.siteSwitchesStored).toEqual(siteSwitches.map(({ id }) => id));
  return answer;
}

/** "08:00-10:00 Former", the oldest first; `+` before what was switched on site. */
async function history(seenAt = day('23:00')): Promise<string[]> {
  const staff = w.as('staff');
  staff.at(seenAt);
  const { items } = await w.instruments.activations(staff, { instrumentId: w.instrument.id });
  const time = (at: Date | null) => at?.toISOString().slice(11, 16) ?? '';
  return items
    .map(
      ({ startedAt, endedAt, origin, experiment: { title } }) =>
        `${origin === 'site' ? '+' : ''}${time(startedAt)}-${time(endedAt)} ${title}`,
    )
    .reverse();
}

const stateOf = async (id: string) => (await w.db.select().from(experiment).where(eq(experiment.id, id)))[0]!;
const deactivateAt = async (time: string) => {
  const staff = w.as('staff');
  staff.at(day(time));
  await w.experiments.deactivate(staff, { instrumentId: w.instrument.id });
};

describe('switches on site', () => {
  it('end what was active and begin at their own time, shown with who and where', async () => {
    await w.activate(day('08:00'), 'Former');
    const next = await w.prepare('Next');
    const answer = await tell('12:00', switched('10:00', next.id));
    expect(answer.activeExperiment).toEqual({ code: next.code, since: day('10:00') });
    expect(await history()).toEqual(['08:00-10:00 Former', '+10:00- Next']);
    const { items } = await w.instruments.activations(w.as('staff'), { instrumentId: w.instrument.id });
    expect(items[0]).toMatchObject({
      startedByName: null,
      endedOnSiteBy: null,
      site: { agentName: 'hub', by: 'operator', clockDoubtMs: 20, toldAt: new Date(day('12:00')) },
    });
    expect(await stateOf(next.id)).toMatchObject({ state: 'running', startedAt: new Date(day('10:00')) });
  });

  it('count on the server’s clock, and never in the future', async () => {
    await w.activate(day('08:00'), 'Former');
    const [a, b] = [await w.prepare('A'), await w.prepare('B')];
    const hour = 3_600_000;
    await tell(
      '12:00',
      switched('09:00', a.id, { clockOffsetMs: hour }),
      switched('12:30', b.id, { clockOffsetMs: hour, clockDoubtMs: 1e12 }),
    );
    expect(await history()).toEqual(['08:00-10:00 Former', '+10:00-12:00 A', '+12:00- B']);
  });

  it('last until the next activation that is later; that the former one ended meanwhile does not end them', async () => {
    await w.activate(day('08:00'), 'Former');
    const onSite = await w.prepare('On site');
    await w.activate(day('11:00'), 'Later');
    await tell('12:00', switched('10:00', onSite.id));
    expect(await history()).toEqual(['08:00-10:00 Former', '+10:00-11:00 On site', '11:00- Later']);
    expect((await stateOf(onSite.id)).state).toBe('running');

    await deactivateAt('13:00');
    const evening = await w.prepare('Evening');
    await tell('14:00', switched('12:30', evening.id));
    expect(await history()).toEqual([
      '08:00-10:00 Former',
      '+10:00-11:00 On site',
      '11:00-12:30 Later',
      '+12:30- Evening',
    ]);
    expect((await stateOf(evening.id)).state).toBe('running');
  });

  it('are taken in their order, whatever order they come in, through an outage with two of them', async () => {
    await w.activate(day('08:00'), 'Former');
    const [a, b] = [await w.prepare('A'), await w.prepare('B')];
    await tell('12:00', switched('11:00', b.id), switched('10:00', a.id));
    expect(await history()).toEqual(['08:00-10:00 Former', '+10:00-11:00 A', '+11:00- B']);
    await tell('12:00', switched('09:00', null));
    expect(await history()).toEqual(['08:00-09:00 Former', '+10:00-11:00 A', '+11:00- B']);
    // As when another agent comes back later.
    await tell('12:00', switched('08:30', a.id));
    expect((await history()).slice(0, 2)).toEqual(['08:00-08:30 Former', '+08:30-09:00 A']);
  });

  it('begin where nothing was active, end what is, and change nothing that is so already', async () => {
    const a = await w.prepare('A');
    await tell('09:00', switched('08:00', a.id));
    await tell('10:00', switched('09:30', a.id));
    expect(await history()).toEqual(['+08:00- A']);
    await tell('11:00', switched('10:30', null));
    await tell('11:00', switched('10:45', null));
    expect(await history()).toEqual(['+08:00-10:30 A']);
    const { items } = await w.instruments.activations(w.as('staff'), { instrumentId: w.instrument.id });
    expect(items).toMatchObject([{ endedByName: null, endedOnSiteBy: 'operator' }]);
    const rows = await w.db.select().from(siteSwitch).where(eq(siteSwitch.agentId, w.agentId));
    expect(rows.map((row) => row.applied)).toEqual([true, true, true, true]);
  });

  it('are put into the history once, however often and by however many heartbeats they are told', async () => {
    await w.activate(day('08:00'), 'Former');
    const a = await w.prepare('A');
    const one = switched('10:00', a.id);
    await Promise.all([tell('12:00', one), tell('12:00', one)]);
    await w.activate(day('13:00'), 'Afterwards');
    await tell('14:00', one);
    expect(await history()).toEqual(['08:00-10:00 Former', '+10:00-13:00 A', '13:00- Afterwards']);
  });

  it('make an experiment that was finished Running only when it is active now', async () => {
    const past = await w.activate(day('08:00'), 'Past');
    const staff = w.as('staff');
    staff.at(day('09:00'));
    await w.experiments.finish(staff, { experimentId: past.id });
    await w.activate(day('11:00'), 'Present');
    await tell('12:00', switched('10:00', past.id));
    expect(await history()).toEqual(['08:00-09:00 Past', '+10:00-11:00 Past', '11:00- Present']);
    expect((await stateOf(past.id)).state).toBe('processing');
    // Once access of staff has ended they see that something was measured, and not what.
    expect((await history('2026-09-01T00:00:00Z')).slice(0, 2)).toEqual([
      '08:00-09:00 null',
      '+10:00-11:00 null',
    ]);
    await tell('12:00', switched('11:30', past.id));
    expect((await stateOf(past.id)).state).toBe('running');
  });

  it('wake the cockpit and each experiment with its own id alone', async () => {
    const former = await w.activate(day('08:00'), 'Former');
    const next = await w.prepare('Next');
    await w.db.delete(outbox);
    await tell('12:00', switched('10:00', next.id));
    const told = (await w.db.select().from(outbox)).filter((event) => event.kind === 'activation.changed');
    expect(new Map(told.map((event) => [event.topic, event.data.experimentId]))).toEqual(
      new Map([
        [`instrument:${w.instrument.id}`, next.id],
        [`experiment:${former.id}`, null],
        [`experiment:${next.id}`, next.id],
      ]),
    );
  });

  it('decide whose later series are', async () => {
    await w.activate('2026-01-01T00:00:00Z', 'Former');
    const next = await w.prepare('Next');
    const minutesAgo = (n: number) => new Date(Date.now() - n * 60_000).toISOString();
    await w.agents.heartbeat(
      w.agentContext,
      heartbeatOf({ siteSwitches: [{ ...switched('00:00', next.id), at: minutesAgo(30) }] }),
    );
    const codeAt = async (n: number) =>
      (await w.ingest.openSeries(w.agentContext, w.series({ startedAt: minutesAgo(n) }))).experimentCode;
    expect(await codeAt(20)).toBe(next.code);
    expect(await codeAt(40)).not.toBe(next.code);
    expect(await codeAt(30)).toBeNull();
  });

  it('decide nothing around them while their time is not known well: neither series nor files', async () => {
    await w.activate(LONG_AGO, 'Former');
    const next = await w.prepare('Next');
    const hour = 3_600_000;
    const hoursAgo = (n: number) => new Date(Date.now() - n * hour).toISOString();
    const told = { ...switched('00:00', next.id), at: hoursAgo(5), clockDoubtMs: 2 * hour };
    await w.agents.heartbeat(w.agentContext, heartbeatOf({ siteSwitches: [told] }));
    const codeAt = async (n: number) =>
      (await w.ingest.openSeries(w.agentContext, w.series({ startedAt: hoursAgo(n) }))).experimentCode;
    expect(await codeAt(2.9)).toBe(next.code);
    const former = await codeAt(7.1);
    expect([former === null, former === next.code]).toEqual([false, false]);
    expect([await codeAt(3.1), await codeAt(5), await codeAt(6.9)]).toEqual([null, null, null]);

    const files = watchedFiles(w);
    await files.enrolledLongAgo();
    const stored = async (n: number) => {
      const sent = await files.sendAndComplete({
        path: `run/at-${n}`,
        bytes: randomFile(10),
        acquired: acquiredAt(hoursAgo(n)),
      });
      return (await w.db.select().from(file).where(eq(file.id, sent.fileId)))[0]!.experimentId;
    };
    expect([await stored(2.9), await stored(3.1), await stored(6.9)]).toEqual([next.id, null, null]);
  });

  it('tell staff what had been put into the former experiment before they were told of', async () => {
    const former = await w.activate(LONG_AGO, 'Former');
    const next = await w.prepare('Next');
    const files = watchedFiles(w);
    await files.enrolledLongAgo();
    const minutesAgo = (n: number) => new Date(Date.now() - n * 60_000).toISOString();
    const bring = (n: number) => {
      const acquired = acquiredAt(minutesAgo(n));
      return files.sendAndComplete({ path: `run/at-${n}`, bytes: randomFile(10), acquired });
    };
    for (const n of [50, 40, 20, 10]) await bring(n);
    for (const n of [45, 25])
      await w.ingest.openSeries(w.agentContext, w.series({ startedAt: minutesAgo(n) }));
    const misplaced = async () => {
      const rows = await w.db.select().from(agentReport).where(eq(agentReport.agentId, w.agentId));
      return rows.filter(({ code }) => code === 'site-switch-misplaced').map(({ message }) => message);
    };
    const one = { ...switched('00:00', next.id), at: minutesAgo(30) };
    for (const _ of [1, 2]) {
      await w.agents.heartbeat(w.agentContext, heartbeatOf({ siteSwitches: [one] }));
      expect(await misplaced()).toEqual([
        expect.stringContaining(
          `1 dataset and 2 files acquired since then had been put into ${former.code} before this was told`,
        ),
      ]);
    }
    await w.agents.heartbeat(
      w.agentContext,
      heartbeatOf({ siteSwitches: [{ ...switched('00:00', null), at: minutesAgo(5) }] }),
    );
    expect(await misplaced()).toHaveLength(1);
  });

  it('are refused for an experiment that is closed, of another instrument or unknown, which staff are told', async () => {
    await w.activate(day('08:00'), 'Former');
    const closed = await w.prepare('Closed');
    await w.experiments.close(w.as('staff'), { experimentId: closed.id });
    const other = await world();
    const foreign = await other.prepare('Foreign');
    const refused = [closed.id, foreign.id, randomUUID()].map((id) => switched('10:00', id));
    await tell('12:00', ...refused);
    await tell('12:01', ...refused);
    expect(await history()).toEqual(['08:00- Former']);
    const reports = await w.db.select().from(agentReport).where(eq(agentReport.agentId, w.agentId));
    expect(reports.map(({ code, level }) => `${code} ${level}`)).toEqual(
      Array(3).fill('site-switch-refused error'),
    );
    expect(reports.map(({ message }) => message).join()).toContain(`${closed.code} is Closed`);
    const rows = await w.db.select().from(siteSwitch).where(eq(siteSwitch.agentId, w.agentId));
    expect(rows.map((row) => row.applied)).toEqual([false, false, false]);
  });
});
