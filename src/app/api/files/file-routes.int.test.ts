import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inExperiment } from '#src/server/api/testing/access-rules.ts';
import type { AccessWorld } from '#src/server/api/testing/access-world.ts';
import { type WebDoors, webDoors } from '#src/server/api/testing/web-doors.ts';
import { file } from '#src/server/db/schema/index.ts';
import type { FileSelection } from '#src/shared/model/file-selection.ts';
import { POST } from '../experiments/[code]/archive/route.ts';
import { GET } from './[fileId]/shown/route.ts';

let doors: WebDoors;
let w: AccessWorld;

beforeAll(async () => {
  doors = await webDoors();
  ({ w } = doors);
});
afterAll(() => doors?.close());

function ask(code: string, headers: Headers, selection: Partial<FileSelection>, as = 'zip') {
  const body = new FormData();
  body.set('selection', JSON.stringify({ folders: [], datasetIds: [], fileIds: [], ...selection }));
  body.set('as', as);
  const request = new Request(`http://web/api/experiments/${code}/archive`, {
    method: 'POST',
    headers,
    body,
  });
  return POST(request, { params: Promise.resolve({ code }) });
}

describe('a selection of files', () => {
  it.each(['zip', 'links'])('goes as %s to whoever may download, and to nobody else', async (as) => {
    const { found, expected } = await doors.statuses(inExperiment('file.download'), (headers) =>
      ask(w.running.code, headers, { folders: [''] }, as),
    );
    expect(found).toEqual(expected);
  });

  it('is a zip that is as long as it says, with every file under its path', async () => {
    const { headers } = w.personas.viewer;
    const answer = await ask(w.running.code, headers, { datasetIds: [w.running.datasetId] });
    expect(answer.headers.get('content-disposition')).toContain(`${w.running.code}.zip`);
    const zip = Buffer.from(await answer.arrayBuffer());
    expect(answer.headers.get('content-length')).toBe(String(zip.length));
    expect(zip.readUInt16LE(zip.length - 22 + 10)).toBe(2);
    expect(zip.includes(`${w.running.code}/raw/lyso/run_1_`)).toBe(true);
  });

  it('is a list of addresses that are good for what they name', async () => {
    const { headers } = w.personas.viewer;
    const answer = await ask(w.running.code, headers, { fileIds: [w.running.fileId] }, 'links');
    const lines = (await answer.text()).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^http.*signature=/);
    expect(lines[1]).toBe(
      `  out=${w.running.code}/${decodeURIComponent(lines[0]!.split('?')[0]!).split(`${w.running.code}/`)[1]}`,
    );
    expect(lines[2]).toMatch(/^ {2}checksum=sha-256=[0-9a-f]{64}$/);
  });

  it('holds nothing of another experiment, and is refused when it is none', async () => {
    const { headers } = w.personas.viewer;
    const foreign = await ask(w.running.code, headers, {
      fileIds: [w.tray.fileId],
      datasetIds: [w.elsewhere.datasetId],
    });
    expect(foreign.status).toBe(404);
    const body = new FormData();
    body.set('selection', '{"folders":1}');
    const request = new Request('http://web/', { method: 'POST', headers, body });
    const params = Promise.resolve({ code: w.running.code });
    expect((await POST(request, { params })).status).toBe(400);
  });
});

describe('a report among the files', () => {
  const ask = (fileId: string, headers: Headers) =>
    GET(new Request(`http://web/api/files/${fileId}/shown`, { headers }), {
      params: Promise.resolve({ fileId }),
    });
  const named = (name: string) =>
    doors.database.db.update(file).set({ name }).where(eq(file.id, w.running.fileId));

  it('is shown to whoever sees the experiment, and to nobody else, confined', async () => {
    await named('report.html');
    const { found, expected } = await doors.statuses(inExperiment('experiment.view'), (headers) =>
      ask(w.running.fileId, headers),
    );
    expect(found).toEqual(expected);
    const { headers } = await ask(w.running.fileId, w.personas.viewer.headers);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts; default-src 'none'/);
    await named('paper.pdf');
    const paper = await ask(w.running.fileId, w.personas.viewer.headers);
    expect(paper.headers.get('content-type')).toBe('application/pdf');
    expect(paper.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('is nothing else: no page comes of any other file', async () => {
    for (const name of ['x.svg', 'x.js', 'x.html.txt', 'html']) {
      await named(name);
      expect((await ask(w.running.fileId, w.personas.viewer.headers)).status, name).toBe(404);
    }
    expect((await ask('nonsense', w.personas.viewer.headers)).status).toBe(404);
  });
});
