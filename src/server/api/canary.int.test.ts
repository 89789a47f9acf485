import { sql } from 'drizzle-orm';
import superjson from 'superjson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '#src/server/container.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { publish } from '#src/server/events/outbox.repository.ts';
import { WorkerProcesses } from '#src/testing/spawn-worker.ts';
import { OPERATIONS } from './rest/operations.ts';
import { accessInstallation } from './testing/access-installation.ts';
import { agentDoors } from './testing/canary-agent-doors.ts';
import { dayAtTheInstrument } from './testing/canary-deeds.ts';
import {
  allOf,
  askOperation,
  askProcedure,
  asWeb,
  isQuery,
  isStream,
  logToLines,
} from './testing/canary-doors.ts';
import { heardDuring } from './testing/canary-listeners.ts';
import {
  ASKED,
  aboutOthers,
  type BrowserReader,
  browserReaders,
  readerOfToken,
} from './testing/canary-readers.ts';
import { CanarySearch, NOBODYS, operator, type Reader } from './testing/canary-search.ts';
import { canaryWord } from './testing/canary-words.ts';
import { type CanaryWorld, canaryCoverage, canaryWorld } from './testing/canary-world.ts';
import { type RestCaller, restCallers } from './testing/rest-callers.ts';
import { REST_CASES } from './testing/rest-cases.ts';
import { undone } from './testing/undone.ts';

let world: CanaryWorld;
let readers: BrowserReader[];
let callers: RestCaller[];
let search: CanarySearch;
/** Written while the world was made. */
let mailsBefore: string[];
const web = logToLines();

beforeAll(async () => {
  world = await canaryWorld(await accessInstallation('canary'));
  readers = browserReaders(world);
  callers = await restCallers(world.container.db, world.w);
  search = new CanarySearch(world.codes);
  const { rows } = await world.container.db.execute<Mail>(sql`select * from mail`);
  mailsBefore = rows.map(({ id }) => id);
});
afterAll(() => world?.close());

interface Mail extends Record<string, unknown> {
  id: string;
  to_address: string;
  kind: string;
  subject: string;
  text: string;
  html: string;
}

/** Who may have read a mail: a person of the world, or somebody outside of it. */
function readerOfMail(address: string): Reader {
  const reader = readers.find(({ me }) => me.email.toLowerCase() === address.toLowerCase());
  return reader ?? { name: address, may: NOBODYS };
}

/** Who hears of a topic: of an experiment those who read it, of an instrument its staff, of a person that one; of a job ids alone are told. */
function readerOfTopic(topic: string): Reader {
  const [kind, id] = topic.split(':') as [string, string];
  if (kind === 'experiment') return { name: topic, may: new Set([world.whose.get(id) ?? 'nobody']) };
  if (kind === 'person') return readers.find(({ me }) => me.personId === id) ?? { name: topic, may: NOBODYS };
  const isItsStaff = kind === 'instrument' && id === world.w.instrument.id;
  return { name: topic, may: readers.find(({ name }) => isItsStaff && name === 'staff')?.may ?? NOBODYS };
}

const lookAtLog = () => {
  for (const line of web.lines.splice(0)) search.look('log lines', 'web', operator, line);
};

function lookAtMails(mails: readonly Mail[]): void {
  for (const { kind, to_address, subject, text, html } of mails)
    search.look('mails', `mail ${kind}`, readerOfMail(to_address), [subject, text, html].join('\n'));
}

/** Asks on services whose every change is undone, and looks at the answer, at what was told by it, and at the log. */
async function ask(where: string, reader: Reader, run: (services: Container) => Promise<string>) {
  const { undoable, container, hub } = world;
  await undone(undoable, container, hub, async (services) => {
    const logged = { ...services, log: web.log };
    search.look('responses', where, reader, await asWeb(logged, () => run(logged)));
    const { rows: told } = await services.db.execute<{ topic: string; kind: string; data: unknown }>(
      sql`select topic, kind, data from outbox where txid = pg_current_xact_id()`,
    );
    for (const { topic, kind, data } of told)
      search.look('events', `${where}: ${kind}`, readerOfTopic(topic), JSON.stringify(data));
    const { rows: mails } = await services.db.execute<Mail>(
      sql`select * from mail where id <> all (${sql.param(mailsBefore)}::uuid[])`,
    );
    lookAtMails(mails);
  });
  lookAtLog();
}

describe('a canary in every field of every experiment comes to nobody but those who see the experiment', () => {
  it('by the procedures, asked about their own things and about those of others', async () => {
    for (const { path, what, input } of ASKED.filter(({ path }) => !isStream(path))) {
      const where = `${path} (${what})`;
      const asked = readers.flatMap((reader) => {
        const own = superjson.stringify(input(world.w, reader.me));
        const others = aboutOthers(world, own);
        const texts = own === others || !reader.signedIn ? [own] : [own, others];
        return texts.map((text) => ({ reader, text }));
      });
      const answerOf = (services: Container, { reader, text }: (typeof asked)[number]) =>
        askProcedure(services, path, reader.me.headers, superjson.parse(text));
      if (!isQuery(path)) {
        for (const one of asked) await ask(where, one.reader, (services) => answerOf(services, one));
        continue;
      }
      // Questions change nothing, and may be asked at once.
      const logged = { ...world.container, log: web.log };
      const answers = await asWeb(logged, () => Promise.all(asked.map((one) => answerOf(logged, one))));
      for (const [index, { reader }] of asked.entries())
        search.look('responses', where, reader, answers[index]!);
      lookAtLog();
    }
    expect(search.takeLeaks()).toEqual([]);
  }, 600_000);

  it('by the operations of the API', async () => {
    for (const operation of OPERATIONS) {
      for (const { what, input } of REST_CASES[operation.id] ?? []) {
        for (const caller of callers) {
          const reader = readerOfToken(caller);
          const own = JSON.stringify(input(world.w, caller.me));
          const others = aboutOthers(world, own);
          for (const text of own === others || reader.may === NOBODYS ? [own] : [own, others]) {
            await ask(`${operation.id} (${what})`, reader, (services) =>
              askOperation(services, operation, JSON.parse(text), caller.headers(operation)),
            );
          }
        }
      }
    }
    expect(search.takeLeaks()).toEqual([]);
  }, 600_000);

  it('by the audit trail as CSV, manifests, health and the interface of agents', async () => {
    const { GET: audit } = await import('#src/app/api/audit/route.ts');
    const { GET: manifest } = await import('#src/app/api/experiments/[code]/manifest/route.ts');
    const { GET: health } = await import('#src/app/api/health/route.ts');
    const { w, groups } = world;
    const doors = await agentDoors(world);
    for (const reader of readers) {
      const { headers } = reader.me;
      const get = async (where: string, answer: () => Promise<Response>) =>
        ask(where, reader, async () => allOf(await answer()));
      const address = `http://web/api/audit?facilityId=${w.facility.id}`;
      await get('audit as CSV', () => audit(new Request(address, { headers })));
      await get('health', health);
      for (const code of [w.running.code, ...Object.values(groups).map((group) => group.code)]) {
        const params = Promise.resolve({ code });
        await get('manifest', () => manifest(new Request('http://web/', { headers }), { params }));
      }
      // An agent of the instrument works for whoever measures there, and is asked about below.
      if (reader.me.name === 'agent') continue;
      for (const { route, ask: askRoute } of doors) await ask(route, reader, () => askRoute(headers));
    }
    const elsewhere = { name: 'agent of another instrument', may: new Set(['elsewhere']) };
    const headers = new Headers({ authorization: `Bearer ${w.elsewhere.token}` });
    for (const { route, ask: askRoute } of doors) await ask(route, elsewhere, () => askRoute(headers));
    expect(search.takeLeaks()).toEqual([]);
  }, 300_000);

  it('by live events, mails and the logs of web and worker on a day with everything', async () => {
    const { container } = world;
    const workerLines: string[] = [];
    const { databaseUrl, runsDir } = container.config;
    const workers = new WorkerProcesses(
      { databaseUrl, storeDir: container.config.storeDir, runsDir },
      { BEAMDECK_LOG_LEVEL: 'trace' },
      (text) => workerLines.push(...text.split('\n')),
    );
    const signedIn = readers.filter((reader) => reader.signedIn);
    await container.db.execute(
      sql`update job set state = 'cancelled' where state = 'queued' and started_by is not null`,
    );
    workers.start();
    try {
      const heard = await heardDuring(world, signedIn, async () => {
        await dayAtTheInstrument(world);
        await expect
          .poll(
            async () =>
              (
                await container.db.execute(
                  sql`select 1 from job where state in ('queued', 'submitted', 'running')`,
                )
              ).rows.length,
            { timeout: 120_000, interval: 500 },
          )
          .toBe(0);
      });
      for (const [reader, items] of heard)
        for (const { message } of items)
          search.look('events', 'live.events', reader, JSON.stringify(message));
    } finally {
      await workers.endAll();
    }
    lookAtMails((await container.db.execute<Mail>(sql`select * from mail`)).rows);
    for (const line of workerLines.filter(Boolean)) search.look('log lines', 'worker', operator, line);
    expect(search.takeLeaks()).toEqual([]);
  }, 300_000);

  it('is found where there is a leak: in an answer, an event, a mail and a line of a log', async () => {
    const planted = new CanarySearch(world.codes);
    const stranger = readers.find(({ name }) => name === 'stranger')!;
    const answer = await undone(world.undoable, world.container, world.hub, (services) => {
      const { experiments } = services;
      // What a forgotten condition would be: the list of whoever asks is that of the system.
      const list: typeof experiments.list = (_, input) => experiments.list(systemContext('test'), input);
      const leaky = { ...services, log: web.log, experiments: { ...experiments, list } };
      return asWeb(leaky, () => askProcedure(leaky, 'experiments.list', stranger.me.headers, {}));
    });
    planted.look('responses', 'experiments.list', stranger, answer);
    const staff = readers.find(({ name }) => name === 'staff')!;
    const title = canaryWord('before', 'experiment', 'title');
    const told = await heardDuring(world, [staff], () =>
      publish(world.container.db, systemContext('test'), {
        ...{ topics: [`instrument:${world.w.instrument.id}`], kind: 'experiment.changed', data: { title } },
      }),
    );
    for (const { message } of told.get(staff)!)
      planted.look('events', 'live.events', staff, JSON.stringify(message));
    planted.look('mails', 'mail data-moved', readerOfMail('somebody@example.org'), `moved to ${title}`);
    web.log.info({ title }, 'edited');
    planted.look('log lines', 'web', operator, web.lines.splice(0).at(-1)!);
    const ofBefore = (to: string) => `experiment.title of before came to ${to}`;
    expect(planted.takeLeaks()).toEqual(
      expect.arrayContaining([
        `experiments.list: ${ofBefore('stranger')}`,
        `live.events: ${ofBefore('staff')}`,
        `mail data-moved: ${ofBefore('somebody@example.org')}`,
        `web: ${ofBefore(operator.name)}`,
      ]),
    );
  });

  it('was looked for in every column that can hold a text', async () => {
    const { columns, carrying, ...faults } = await canaryCoverage(world);
    process.stdout.write(
      `canaries: ${carrying} of ${columns} columns; ${Object.entries(search.searched)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(', ')} searched; ${search.arrived.size} kinds of canary came to whom they are for\n`,
    );
    expect(faults).toEqual({ bare: [], unfilled: [], surprising: [], unknown: [] });
  });
});
