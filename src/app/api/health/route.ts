import { checkHealth } from '#src/server/observability/health.ts';
import { webContainer } from '#src/server/web-container.ts';

export const dynamic = 'force-dynamic';

/** 200 when this web process can do its work, 503 when a part it stands on is away. */
export async function GET(): Promise<Response> {
  const { pool, store, config, log } = webContainer();
  const health = await checkHealth({
    pool,
    store,
    version: config.version,
    onFault: (part, error) => log.error({ part, err: error }, 'health: a part is away'),
  });
  return Response.json(health, {
    status: health.ok ? 200 : 503,
    headers: { 'cache-control': 'no-store' },
  });
}
