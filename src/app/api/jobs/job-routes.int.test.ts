import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inExperiment } from '#src/server/api/testing/access-rules.ts';
import type { AccessWorld } from '#src/server/api/testing/access-world.ts';
import { type WebDoors, webDoors } from '#src/server/api/testing/web-doors.ts';
import { job, jobLog, jobProvisionalFile } from '#src/server/db/schema/index.ts';
import { GET as getLog } from './[jobId]/log/route.ts';
import { GET as getResult } from './[jobId]/result/route.ts';

let doors: WebDoors;
let database: WebDoors['database'];
let w: AccessWorld;

const LOG = 'found \u001b[32m42\u001b[0m spots\n';
const REPORT = '<script>document.title = "ü"</script>';

beforeAll(async () => {
  doors = await webDoors();
  ({ w, database } = doors);
  const { jobId } = w.running;
  const at = new Date();
  await database.db.update(job).set({ state: 'running' }).where(eq(job.id, jobId));
  const place = { endByte: Buffer.byteLength(LOG), endLine: 1 };
  await database.db.insert(jobLog).values({ jobId, seq: 1, at, text: LOG, ...place });
  const content = Buffer.from(REPORT);
  const file = { jobId, sizeBytes: content.length, changedAt: at, content };
  await database.db.insert(jobProvisionalFile).values([
    { ...file, path: 'a & b/report.html' },
    { ...file, path: 'script.js' },
  ]);
});
afterAll(() => doors?.close());

const params = (jobId: string) => ({ params: Promise.resolve({ jobId }) });
const askLog = (jobId: string, headers: Headers) =>
  getLog(new Request(`http://web/api/jobs/${jobId}/log`, { headers }), params(jobId));
const askResult = (jobId: string, headers: Headers, path = 'a & b/report.html') => {
  const query = new URLSearchParams({ path });
  return getResult(new Request(`http://web/api/jobs/${jobId}/result?${query}`, { headers }), params(jobId));
};

describe('what a job printed and left', () => {
  it('is given to whoever sees its experiment, and to nobody else', async () => {
    for (const ask of [askLog, askResult]) {
      const { found, expected } = await doors.statuses(inExperiment('experiment.view'), (headers) =>
        ask(w.running.jobId, headers),
      );
      expect(found, ask.name).toEqual(expected);
      expect((await ask('nonsense', w.personas.viewer.headers)).status).toBe(404);
    }
  });

  it('is the log as it was printed, to be kept', async () => {
    const answer = await askLog(w.running.jobId, w.personas.viewer.headers);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w.-]+\.log"$/);
    expect(await answer.text()).toBe(LOG);
  });

  it('is a report that is confined wherever it is opened, and nothing that is no picture or report', async () => {
    const { headers } = w.personas.viewer;
    const answer = await askResult(w.running.jobId, headers);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = answer.headers.get('content-security-policy')!.split('; ');
    expect(policy).toContain('sandbox allow-scripts');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(await answer.text()).toBe(REPORT);
    for (const path of ['script.js', '', '../report.html', 'a\0/report.html']) {
      expect((await askResult(w.running.jobId, headers, path)).status, path).toBe(404);
    }
  });
});
