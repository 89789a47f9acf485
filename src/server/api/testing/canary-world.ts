import { sql } from 'drizzle-orm';
import {
  agentCommand,
  alarm,
  destination,
  folderTotal,
  siteSwitch,
  webhook,
  webhookDelivery,
} from '#src/server/db/schema/index.ts';
import { ALARM_CODES } from '#src/shared/model/alarm.ts';
import { DELIVERY_STATES, WEBHOOK_EVENTS } from '#src/shared/model/webhook.ts';
import { heartbeatOf } from '#src/testing/heartbeat.ts';
import { testContext } from '#src/testing/test-context.ts';
import { answerRequest } from '../rest/answer-request.ts';
import { OPERATIONS } from '../rest/operations.ts';
import type { AccessInstallation } from './access-installation.ts';
import { FILLED_BY_DEEDS, PASSING, PLANTED, PLANTING, WITHOUT_WORDS } from './canary-fields.ts';
import { canaryGroups } from './canary-groups.ts';
import { canaryWord } from './canary-words.ts';
import { restRequest } from './rest-case.ts';

/** What the instrument's agents have and told, for its staff. */
async function addAgentWords({ container: { db }, w }: AccessInstallation): Promise<void> {
  const { newId, now } = testContext();
  const { agentId, agentContext } = w;
  const at = now();
  const report = {
    level: 'warn',
    code: 'series-timeout',
    message: 'late',
    detector: null,
    seriesKey: null,
  } as const;
  await w.agents.heartbeat(
    agentContext,
    heartbeatOf({ reports: [{ ...report, id: newId(), at: at.toISOString(), count: 1 }] }),
  );
  await db
    .insert(agentCommand)
    .values({ id: newId(), agentId, kind: 'rescan', ids: [], createdAt: at, doneAt: at, outcome: 'failed' });
  await db
    .insert(destination)
    .values({ id: newId(), agentId, source: 'pilatus', folder: 'raw', template: '{prefix}', since: at });
  const ofInstrument = { instrumentId: w.instrument.id, createdAt: at };
  await db.insert(alarm).values({
    ...{
      id: newId(),
      ...ofInstrument,
      code: ALARM_CODES[0]!,
      subject: agentId,
      level: 'warn',
      words: 'late',
    },
    ...{ todo: 'look', raisedAt: at, lastSeenAt: at },
  });
  const webhookId = newId();
  await db.insert(webhook).values({ id: webhookId, ...ofInstrument, url: 'https://chat.example.org/hook' });
  await db.insert(webhookDelivery).values({
    ...{
      id: newId(),
      webhookId,
      event: WEBHOOK_EVENTS[0]!,
      dedupeKey: 'once',
      body: '{}',
      state: DELIVERY_STATES[0]!,
    },
    ...{ createdAt: at, uselessAt: at },
  });
  await db.insert(siteSwitch).values({
    ...{ id: newId(), agentId, at, clockDoubtMs: 0, by: 'operator', receivedAt: at, applied: true },
  });
}

/** A folder inside another with its totals, as a worker writes it, one that somebody made, and a copy that somebody keeps elsewhere. */
async function addFolderWords({ container: { db }, w }: AccessInstallation): Promise<void> {
  const experimentId = w.running.id;
  await db.insert(folderTotal).values({
    ...{ experimentId, path: 'raw/lyso/deep', parent: 'raw/lyso', name: 'deep', files: 0, sizeBytes: 0 },
  });
  await db.execute(sql`
    insert into made_folder (experiment_id, path, made_by, made_at)
    select experiment_id, 'work/empty', person_id, now() from membership where experiment_id = ${experimentId} and role = 'owner'`);
  await db.execute(sql`
    insert into experiment_copy (experiment_id, person_id, place, files, size_bytes, failed_files, is_whole, verified_at)
    select experiment_id, person_id, 'ws7: /data', 2, 10, 0, true, now() from membership where experiment_id = ${experimentId} and role = 'owner'`);
}

/** An experiment that a program makes with an Idempotency-Key: what it is answered is kept. */
async function keepAnAnswer({ container, w }: AccessInstallation, piEmail: string): Promise<void> {
  const operation = OPERATIONS.find(({ id }) => id === 'experiments.create')!;
  const headers = new Headers(w.personas.staff.token.headers);
  headers.set('idempotency-key', 'once');
  const body = { title: canaryWord('after', 'experiment', 'title'), piEmail };
  const input = { params: { instrument: w.instrument.slug }, body };
  const answer = await answerRequest(container, restRequest(operation, input, headers));
  if (!answer.ok) throw new Error(`no experiment was made: ${await answer.text()}`);
}

/**
 * The access world and the groups around it, with a word of its own in every field that people, agents or jobs fill. Whose a row is is told by
 * the id in `PLANTED`'s `owner`.
 */
export async function canaryWorld(installation: AccessInstallation) {
  const { container, w } = installation;
  const { db } = container;
  const { visitors, groups } = await canaryGroups(container, w);
  await addAgentWords(installation);
  await addFolderWords(installation);
  await keepAnAnswer(installation, visitors.after.email);

  const { rows: projects } = await db.execute<{ id: string }>(
    sql`select id from experiment where kind = 'project'`,
  );
  const { rows: licences } = await db.execute<{ id: string }>(
    sql`select id from agent_licence where agent_id = ${w.agentId}`,
  );
  const ownProjects = [w.project.id, w.emptyProject.id];
  const whose = new Map<string, string>([
    ...projects.map(({ id }) => [id, ownProjects.includes(id) ? 'project' : 'former'] as const),
    [w.running.id, 'running'],
    [w.next.id, 'next'],
    [w.elsewhere.experimentId, 'elsewhere'],
    ...Object.entries(groups).map(([name, { id }]) => [id, name] as const),
    [w.instrument.id, 'tray'],
    [w.agentId, 'agents'],
    ...licences.map(({ id }) => [id, 'licences'] as const),
    ...Object.entries(visitors).map(([name, { personId }]) => [personId, name] as const),
  ]);
  for (const [table, { owner, columns }] of Object.entries(PLANTED)) {
    const names = sql.raw(
      `(${sqlText(JSON.stringify(Object.fromEntries(whose)))}::jsonb ->> (${owner})::text)`,
    );
    const sets = Object.entries(columns).map(([column, how]) => {
      const [before, after] = canaryWord('\0', table, column).split('\0');
      const word = `(${sqlText(before!)} || owned.whose || ${sqlText(after!)})`;
      return `"${column}" = ${PLANTING[how](`t."${column}"`, word)}`;
    });
    await db.execute(sql`
      with owned as (select t.ctid as place, ${names} as whose from ${sql.raw(`"${table}"`)} t)
      update ${sql.raw(`"${table}"`)} t set ${sql.raw(sets.join(', '))}
      from owned where owned.place = t.ctid and owned.whose is not null`);
  }

  const { rows: coded } = await db.execute<{ id: string; code: string }>(
    sql`select id, code from experiment`,
  );
  const codes = new Map(coded.map(({ id, code }) => [code, whose.get(id) ?? 'after']));
  for (const one of Object.values(visitors)) {
    const { rows } = await db.execute<{ email: string }>(
      sql`select email from person where id = ${one.personId}`,
    );
    one.email = rows[0]!.email;
  }
  // What the addresses of files are asked by.
  const pathOf = async (fileId: string) =>
    (await db.execute<{ path: string }>(sql`select path from file where id = ${fileId}`)).rows[0]!.path;
  w.running.filePath = await pathOf(w.running.fileId);
  for (const group of Object.values(groups)) group.filePath = await pathOf(group.fileId);

  return { ...installation, visitors, groups, codes, whose };
}

export type CanaryWorld = Awaited<ReturnType<typeof canaryWorld>>;

const sqlText = (text: string) => `'${text.replaceAll("'", "''")}'`;

interface TextColumn extends Record<string, unknown> {
  field: string;
  table: string;
  column: string;
}

/**
 * What is wrong with the columns that can hold a text: `bare`, of which no row carries a canary and which are not on the list of such without
 * words; `surprising`, which are on it and carry one; `unknown`, which are on it and are not there.
 */
export async function canaryCoverage({ container: { db }, codes }: CanaryWorld) {
  const deeds = ['qanary-', ...codes.keys()].join('|');
  const { rows } = await db.execute<TextColumn>(sql`
    select table_name || '.' || column_name as field, table_name as table, column_name as column
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE'
      and (data_type in ('text', 'json', 'jsonb', 'character varying') or (data_type = 'ARRAY' and udt_name = '_text'))
    order by 1`);
  const carries = new Set<string>();
  for (const { field, table, column } of rows) {
    const { rows: found } = await db.execute(
      sql.raw(
        `select 1 from "${table}" where "${column}"::text ~ '${FILLED_BY_DEEDS.has(field) ? deeds : 'qanary-'}' limit 1`,
      ),
    );
    if (found.length > 0) carries.add(field);
  }
  const known = rows.map(({ field }) => field);
  return {
    columns: known.length,
    carrying: carries.size,
    bare: known.filter(
      (field) =>
        !carries.has(field) &&
        !(field in WITHOUT_WORDS) &&
        !FILLED_BY_DEEDS.has(field) &&
        !PASSING.has(field),
    ),
    unfilled: [...FILLED_BY_DEEDS].filter((field) => !carries.has(field)),
    surprising: Object.keys(WITHOUT_WORDS).filter((field) => carries.has(field)),
    unknown: [...Object.keys(WITHOUT_WORDS), ...FILLED_BY_DEEDS].filter((field) => !known.includes(field)),
  };
}
