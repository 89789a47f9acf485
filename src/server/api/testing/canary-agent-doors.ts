import { randomUUID } from 'node:crypto';
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { heartbeatOf } from '#src/testing/heartbeat.ts';
import { completion, partsOfFile, TEST_PART_BYTES } from '#src/testing/ingest-world.ts';
import { watchedFiles } from '#src/testing/watched-files.ts';
import { allOf } from './canary-doors.ts';
import type { CanaryWorld } from './canary-world.ts';

const ROUTES = 'src/app/api/agent/v1';
type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>;

/** What an agent sends to each route, about data of the instrument that is not its own. */
function bodies({ w, groups: { before } }: CanaryWorld): Readonly<Record<string, unknown>> {
  const bytes = new Uint8Array(10);
  const at = new Date().toISOString();
  const upload = { clientId: randomUUID(), partBytes: TEST_PART_BYTES, signParts: [1], kind: 'data' };
  return {
    control: { known: null, waitMs: 0 },
    enrol: { licence: {}, host: 'machine', version: '1', agentKey: 'x'.repeat(40) },
    'file-datasets': watchedFiles(w).dataset(),
    heartbeat: heartbeatOf(),
    series: w.series(),
    'series/[datasetId]/end': {
      ...{ endedAt: at, ending: 'end-message', framesReceived: 10, missing: [], lost: [] },
    },
    'series/[datasetId]/files': { files: [{ clientId: randomUUID(), kind: 'data', frames: [0, 9] }] },
    'series/[datasetId]/previews/[frame]': bytes,
    uploads: { uploads: [{ ...upload, datasetId: before.datasetId, path: before.filePath }] },
    'uploads/[uploadId]': null,
    'uploads/[uploadId]/complete': completion(bytes),
    'uploads/[uploadId]/sign': { parts: partsOfFile(bytes).map(({ partNumber }) => partNumber) },
    'uploads/complete': { uploads: [{ ...completion(bytes), uploadId: randomUUID() }] },
  };
}

/** Every route of the agent interface there is, with what it is asked. Throws for one that has no body here. */
export async function agentDoors(world: CanaryWorld) {
  const known = bodies(world);
  const found: { route: string; ask(headers: Headers): Promise<string> }[] = [];
  const { rows } = await world.container.pool.query<{ id: string }>(
    'select id from upload where dataset_id = $1 limit 1',
    [world.groups.before.datasetId],
  );
  const params = { datasetId: world.groups.before.datasetId, frame: '0', uploadId: rows[0]!.id };
  for await (const file of glob('**/route.ts', { cwd: ROUTES })) {
    const route = file.replace(/\/route\.ts$/, '');
    if (!(route in known)) throw new Error(`the canary test does not know what to ask of ${route}`);
    const handlers = (await import(pathToFileURL(path.resolve(ROUTES, file)).href)) as Record<
      string,
      Handler
    >;
    for (const [method, handler] of Object.entries(handlers)) {
      const sent = known[route];
      const body =
        method === 'GET' ? null : sent instanceof Uint8Array ? Buffer.from(sent) : JSON.stringify(sent);
      const ask = async (headers: Headers) =>
        allOf(
          await handler(new Request(`http://web/api/agent/v1/${route}`, { method, headers, body }), {
            params: Promise.resolve(params),
          }),
        );
      found.push({ route: `${method} ${route}`, ask });
    }
  }
  return found;
}
