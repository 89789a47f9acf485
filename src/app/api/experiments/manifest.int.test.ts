import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inExperiment } from '#src/server/api/testing/access-rules.ts';
import type { AccessWorld } from '#src/server/api/testing/access-world.ts';
import { type WebDoors, webDoors } from '#src/server/api/testing/web-doors.ts';
import { GET } from './[code]/manifest/route.ts';

let doors: WebDoors;
let w: AccessWorld;

beforeAll(async () => {
  doors = await webDoors();
  ({ w } = doors);
});
afterAll(() => doors?.close());

const ask = (code: string, headers: Headers, query = '') =>
  GET(new Request(`http://web/api/experiments/${code}/manifest${query}`, { headers }), {
    params: Promise.resolve({ code }),
  });

describe('the manifest', () => {
  it('is given to whoever sees the experiment, and to nobody else', async () => {
    const { found, expected } = await doors.statuses(inExperiment('experiment.view'), (headers) =>
      ask(w.running.code, headers),
    );
    expect(found).toEqual(expected);
  });

  it('is a text of hashes and paths, of the experiment or of one dataset', async () => {
    const { headers } = w.personas.viewer;
    const answer = await ask(w.running.code, headers);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${w.running.code}.sha256"`);
    const text = await answer.text();
    expect(text).toMatch(/^([0-9a-f]{64} {2}(processed|raw)\/\S+\n){4}$/);
    const ofDataset = await (await ask(w.running.code, headers, `?dataset=${w.running.datasetId}`)).text();
    expect(ofDataset).toMatch(/^([0-9a-f]{64} {2}raw\/lyso\/run_1_\S+\n){2}$/);
    expect(text).toContain(ofDataset);
    for (const dataset of [w.elsewhere.datasetId, w.tray.datasetId, 'nonsense']) {
      expect((await ask(w.running.code, headers, `?dataset=${dataset}`)).status).toBe(404);
    }
  });
});
