import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openDatabase } from '#src/server/db/client.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { publish } from '#src/server/events/outbox.repository.ts';
import { createLogger } from '#src/server/observability/logger.ts';
import { signIn, startDemoInstallation } from './lib/demo-installation.ts';
import { readLiveEvents } from './lib/event-stream.ts';
import { residentBytes } from './lib/processor-time.ts';

/*
 * Many browsers look at one cockpit while files arrive, each in a transaction of its own: from commit to received in each of their streams. Then
 * the web process is killed and started again while more arrive: how long until every browser has everything, and whether it has.
 * Options: --clients N (250), --rate FILES_A_SECOND (200), --seconds S of each part (20).
 */

const { values: given } = parseArgs({
  options: { clients: { type: 'string' }, rate: { type: 'string' }, seconds: { type: 'string' } },
});
const CLIENTS = Number(given.clients ?? 250);
const RATE = Number(given.rate ?? 200);
const SECONDS = Number(given.seconds ?? 20);
/** As a browser's EventSource waits before it asks again. */
const RETRY_MS = 1000;
const PATIENCE_MS = 60_000;

/** When each event was committed, by its number; milliseconds of `performance.now`. */
const committedAtMs: number[] = [];
const latenciesMs: number[] = [];

/** One browser's stream, opened again behind its last event until it is closed. */
class Client {
  readonly seen = new Set<number>();
  gaps = 0;
  doubles = 0;
  /** When the newest event came. */
  lastAtMs = 0;
  #lastEventId: string | null = null;

  async run(
    opened: () => void,
    options: Omit<Parameters<typeof readLiveEvents>[0], 'onEvents'>,
  ): Promise<void> {
    while (!options.signal.aborted) {
      const stream = await readLiveEvents({
        ...options,
        lastEventId: this.#lastEventId,
        onGap: () => {
          this.gaps++;
        },
        onEvents: (events, id) => {
          this.#lastEventId = id;
          this.lastAtMs = performance.now();
          for (const { data } of events) this.#take(Number(data.n));
        },
      }).catch(() => null);
      opened();
      await stream?.ended;
      if (!options.signal.aborted) await sleep(RETRY_MS * (0.75 + Math.random() / 2));
    }
  }

  #take(n: number): void {
    if (!Number.isInteger(n)) return;
    if (this.seen.has(n)) this.doubles++;
    this.seen.add(n);
    // An event may come before the answer to its commit.
    latenciesMs.push(Math.max(0, this.lastAtMs - (committedAtMs[n] ?? this.lastAtMs)));
  }
}

const installation = await startDemoInstallation(['--keep-going']);
const log = createLogger('bench', 'warn');
const database = openDatabase(installation.databaseUrl, { max: 4, name: 'bench', log });
const stopping = new AbortController();
try {
  const cookie = await signIn(installation, 'scientist');
  const topic = `experiment:${installation.experiment.id}` as const;
  const clients = Array.from({ length: CLIENTS }, () => new Client());
  const { web } = installation;
  await Promise.all(
    clients.map(
      (client) =>
        new Promise<void>(
          (opened) => void client.run(opened, { web, cookie, topics: [topic], signal: stopping.signal }),
        ),
    ),
  );

  let next = 0;
  async function commitFile(): Promise<void> {
    const n = next++;
    const at = new Date().toISOString();
    const path = `raw/bench/run_${Math.floor(n / 1000)}/image_${String(n).padStart(6, '0')}.cbf`;
    const ctx = systemContext('bench');
    const data = {
      n,
      fileId: ctx.newId(),
      path,
      sizeBytes: 1_000_000,
      datasetId: null,
      storedAt: at,
      committedAt: at,
    };
    await database.db.transaction((tx) =>
      publish(tx, ctx, { topics: [topic], kind: 'file.committed', data }),
    );
    committedAtMs[n] = performance.now();
  }
  /** Files for so long, paced; returns when all are committed. */
  async function arrive(seconds: number): Promise<void> {
    const [begin, first] = [performance.now(), next];
    const commits: Promise<void>[] = [];
    while (next - first < RATE * seconds) {
      const dueMs = ((next - first) * 1000) / RATE - (performance.now() - begin);
      if (dueMs > 0) await sleep(dueMs);
      commits.push(commitFile());
    }
    await Promise.all(commits);
  }
  const missing = () => clients.reduce((sum, { seen }) => sum + next - seen.size, 0);
  async function untilAllSeen(): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (missing() > 0 && performance.now() < until) await sleep(20);
  }

  await arrive(SECONDS);
  await untilAllSeen();
  const lostQuietly = missing();
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1]!);
  const [p50_ms, p95_ms, p99_ms] = [at(0.5), at(0.95), at(0.99)];
  const events = next;
  const rss_mb = Math.round(residentBytes(installation.pidOf('web')) / 1e6);

  const arriving = arrive(SECONDS);
  await sleep((SECONDS * 1000) / 4);
  const killedAtMs = performance.now();
  process.kill(installation.pidOf('web'), 'SIGKILL');
  const isUp = () =>
    fetch(`${web}/api/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await sleep(50);
  const upAtMs = performance.now();
  // Caught up: every browser has what had been committed when the web process answered again.
  const by = next;
  const isBehind = ({ seen }: Client) => Array.from({ length: by }, (_, n) => n).some((n) => !seen.has(n));
  while (clients.some(isBehind) && performance.now() - upAtMs < PATIENCE_MS) await sleep(20);
  const caughtUpMs = performance.now() - upAtMs;
  await arriving;
  await untilAllSeen();

  process.stdout.write(
    `${JSON.stringify({
      bench: 'live-fanout',
      ...{ clients: CLIENTS, rate_hz: RATE, events, lost: lostQuietly, p50_ms, p95_ms, p99_ms, rss_mb },
      ...{
        away_s: Math.round((upAtMs - killedAtMs) / 100) / 10,
        catch_up_s: Math.round(caughtUpMs / 100) / 10,
      },
      ...{ lost_by_kill: missing(), gaps: clients.reduce((sum, { gaps }) => sum + gaps, 0) },
      doubles: clients.reduce((sum, { doubles }) => sum + doubles, 0),
    })}\n`,
  );
} finally {
  stopping.abort();
  await database.close();
  await installation.stop();
}
