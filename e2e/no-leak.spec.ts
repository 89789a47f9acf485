import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { canariesIn, canaryWord } from '#src/server/api/testing/canary-words.ts';
import { account, demo, demoFile, expect, sharedSession, test, type Who } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';
import { measuredFor } from './lib/measured-for.ts';

/**
 * An experiment with a word of its own in whatever can be written about it, measured and processed for real: the pages of the web app, as the server
 * draws them, and the logs of all processes. What the interfaces answer is searched by the test of the canaries (`src/server/api/canary.int.test.ts`).
 */

test.describe.configure({ timeout: 300_000 });

const canary = (table: string, column: string) => canaryWord('pages', table, column);
const WITHOUT_ACCESS: readonly (Who | null)[] = [null, 'outsider', 'viewer', 'admin'];
const ROOT = path.join(import.meta.dirname, '..');

async function measuredInSecret() {
  const [staff, scientist] = await Promise.all([signedInApi('staff'), signedInApi('scientist')]);
  const { id: experimentId, code } = await staff.experiments.create.mutate({
    ...{ instrumentId: demo.instrument.id, title: canary('experiment', 'title') },
    ...{ keywords: [canary('experiment', 'keywords')], terms: canary('experiment', 'terms') },
    ...{ piEmail: account('scientist').email, proprietary: true },
  });
  const name = canary('sample', 'name');
  const sample = { name, comment: canary('sample', 'comment'), protein: canary('sample', 'protein') };
  await scientist.experiments.upsertSamples.mutate({ experimentId, samples: [sample] });
  const project = await scientist.projects.create.mutate({ title: canary('project', 'title'), keywords: [] });
  await scientist.projects.link.mutate({ projectId: project.id, experimentId });
  const measured = await measuredFor(experimentId, `${canary('dataset', 'base')}/run`);
  const { masterFileId } = await scientist.datasets.get.query({ datasetId: measured.datasetId });
  return { code, projectCode: project.code, ...measured, fileId: masterFileId ?? measured.datasetId };
}
type Secret = Awaited<ReturnType<typeof measuredInSecret>>;

/** The address of every page there is, about the secret where it is about something. */
function everyPage({ code, projectCode, datasetId, jobId, fileId }: Secret): string[] {
  return globSync('src/app/**/page.tsx', { cwd: ROOT }).map((file) => {
    const values: Readonly<Record<string, string>> = {
      '[code]': file.includes('/projects/') ? projectCode : code,
      '[slug]': demo.instrument.slug,
      ...{ '[datasetId]': datasetId, '[jobId]': jobId, '[image]': '1', '[licenceId]': datasetId },
      '[fileId]': fileId,
      '[...unknown]': `no-such-page/${code}`,
    };
    const parts = path.dirname(file).split(path.sep).slice(2);
    const named = parts.filter((part) => !/^\(.*\)$/.test(part)).map((part) => values[part] ?? part);
    expect(named.join('/'), `${file}: what is to stand in its address`).not.toContain('[');
    return `/${named.join('/')}`;
  });
}

interface Drawn {
  status: number;
  /** Headers and body. */
  text: string;
}

/** `?_rsc`, by which caches tell the two forms of a page apart. */
const MARK = /[?&]_rsc(=|&|$)/;

async function askPage(url: string, headers: Record<string, string>): Promise<Drawn> {
  const answer = await fetch(url, { headers, redirect: 'manual' });
  const told = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  // Asked in React's own format, the server wants a mark of that in the address, and says which.
  const marked = answer.headers.get('location');
  if (marked && MARK.test(marked) && !MARK.test(url)) return askPage(new URL(marked, url).href, headers);
  return { status: answer.status, text: `${told}\n${await answer.text()}` };
}

/** As a browser asks when it opens the page (HTML), and when it goes there from another one (React's own format). */
function drawn(address: string, cookie: string | null): Promise<Drawn[]> {
  const own: Record<string, string> = cookie === null ? {} : { cookie };
  return Promise.all([own, { ...own, rsc: '1' }].map((sent) => askPage(`${demo.web}${address}`, sent)));
}

test('no page and no log names what is another group’s', async () => {
  const secret = await measuredInSecret();
  const codes = new Map([
    [secret.code, 'pages'],
    [secret.projectCode, 'project'],
  ]);
  const pages = everyPage(secret);
  expect(pages.length).toBeGreaterThan(35);

  await test.step('whoever has access is told by the page itself', async () => {
    const cookie = await sharedSession('scientist');
    const [page, inReactsFormat] = await drawn(`/jobs/${secret.jobId}`, cookie);
    expect(page!.text).toContain('content-type: text/html');
    expect(inReactsFormat!.text).toContain('content-type: text/x-component');
    for (const { status, text } of [page!, inReactsFormat!]) {
      expect(status).toBe(200);
      expect(canariesIn(text, codes)).toContainEqual({ whose: 'pages', field: 'dataset.base' });
    }
  });

  await test.step('nobody else is, on any page', async () => {
    const leaks: string[] = [];
    const askAll = async (who: Who | null) => {
      const cookie = who && (await sharedSession(who));
      for (const address of pages) {
        for (const { status, text } of await drawn(address, cookie)) {
          if (status >= 500) leaks.push(`${address}: ${status} for ${who ?? 'a stranger'}`);
          // The address that was asked for stands in the answer.
          const told = canariesIn(text, new Map([...codes].filter(([code]) => !address.includes(code))));
          for (const { field } of told) leaks.push(`${address}: ${field} came to ${who ?? 'a stranger'}`);
        }
      }
    };
    await Promise.all(WITHOUT_ACCESS.map(askAll));
    expect(leaks).toEqual([]);
  });

  await test.step('no log is a list of who measures what', () => {
    for (const name of ['web', 'worker', 'data', 'db', 'hub', 'up']) {
      const log = readFileSync(path.join(path.dirname(demoFile), 'log', `${name}.jsonl`), 'utf8');
      expect(log.length, `log of ${name}`).toBeGreaterThan(0);
      const told = canariesIn(log, codes).map(({ field }) => field);
      // The HUB stands where the files lie: its log says which of them went to which experiment, and nothing that people write here.
      const byRule = name === 'hub' ? ['dataset.base', 'code'] : [];
      expect(new Set(told), `log of ${name}`).toEqual(new Set(byRule));
    }
  });
});
