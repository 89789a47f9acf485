import type { Pool } from 'pg';
import type { ObjectStore } from '../storage/object-store.port.ts';

export interface Health {
  ok: boolean;
  version: string;
  web: { uptimeS: number };
  database: 'ok' | 'away';
  store: 'ok' | 'away';
  /** Age of the oldest task that could run and has not been taken; null when there is none, or the database is away. */
  queue: { oldestWaitingS: number | null };
}

/** Who asks wants an answer now, also when a part hangs. */
const PATIENCE_MS = 2000;

function inTime<T>(promise: Promise<T>): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS).unref();
    }),
  ]);
}

/** The state of this web process and of what it stands on. Says which part is away, never why: it is open to everybody. */
export async function checkHealth(parts: {
  pool: Pool;
  store: ObjectStore;
  version: string;
  onFault: (part: 'database' | 'store', error: unknown) => void;
}): Promise<Health> {
  const { pool, store, version, onFault } = parts;
  const fault = (part: 'database' | 'store') => (error: unknown) => {
    onFault(part, error);
    return 'away' as const;
  };
  const [queue, storeState] = await Promise.all([
    inTime(
      pool.query<{ age: number | null }>(`
        select extract(epoch from now() - min(run_at))::float8 as age from graphile_worker.jobs
        where locked_at is null and run_at <= now() and attempts < max_attempts`),
    ).catch(fault('database')),
    inTime(store.check()).then(() => 'ok' as const, fault('store')),
  ]);
  const database = queue === 'away' ? 'away' : 'ok';
  const age = queue === 'away' ? null : (queue.rows[0]?.age ?? null);
  return {
    ok: database === 'ok' && storeState === 'ok',
    version,
    web: { uptimeS: Math.round(process.uptime()) },
    database,
    store: storeState,
    queue: { oldestWaitingS: age === null ? null : Math.round(age) },
  };
}
