import { parseArgs } from 'node:util';
import { chromium, type Page } from '@playwright/test';
import pg from 'pg';
import { CHROMIUM_FLAGS, ensureBrowser } from '#scripts/ensure-browser.ts';
import { signIn, startDemoInstallation } from './lib/demo-installation.ts';

/*
 * A folder with very many files in the file browser, in Chromium: from the click on it to its first rows, how long each frame takes while it is scrolled to
 * its end (frames in which the list moved), and from the last letter typed into the search to the one row that matches.
 * Options: --entries N (100,000), --step PIXELS of each frame (1200).
 */

const { values: given } = parseArgs({ options: { entries: { type: 'string' }, step: { type: 'string' } } });
const ENTRIES = Number(given.entries ?? 100_000);
const STEP_PX = Number(given.step ?? 1200);
const ROUNDS = 5;

async function fill(databaseUrl: string, experimentId: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into file (id, instrument_id, experiment_id, kind, path, parent, name, store_key, size_bytes, sha256, stored_at, committed_at)
        select gen_random_uuid(), x.instrument_id, x.id, 'other', 'work/many/' || n.name, 'work/many', n.name, x.code || '/work/many/' || n.name,
          1000 + n.i * 7919 % 1000000, repeat(md5(n.i::text), 2), now(), now() - n.i * interval '1 second'
        from experiment x cross join (select i, 'image_' || lpad(i::text, 6, '0') || '.tif' as name from generate_series(1, $2::int) i) n
        where x.id = $1`,
      [experimentId, ENTRIES],
    );
    await client.query('vacuum analyze file');
  } finally {
    await client.end();
  }
}

const nameOf = (n: number) => `image_${String(n).padStart(6, '0')}.tif`;
const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;

/** From the press to the painted row of that name, in milliseconds. */
async function untilRow(page: Page, name: string, press: string, typed: string | null): Promise<number> {
  return page.evaluate(
    async ([name, press, typed]) => {
      const target = document.querySelector<HTMLElement>(press!);
      if (!target) throw new Error(`nothing is found by ${press}`);
      const begin = performance.now();
      if (typed === null) target.click();
      else {
        const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!;
        set.call(target, typed);
        target.dispatchEvent(new Event('input', { bubbles: true }));
      }
      const isThere = () => {
        const rows = [...document.querySelectorAll('[role=listitem]')];
        return rows[0]?.textContent?.includes(name!) && (typed === null || rows.length === 1);
      };
      while (!isThere()) {
        if (performance.now() - begin > 60_000) throw new Error(`${name} did not appear`);
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      // The frame that shows it.
      await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - begin;
    },
    [name, press, typed] as const,
  );
}

/** Scrolls to the end, step by step; durations of the frames in which the list moved. */
async function scrollDown(page: Page): Promise<{ frames: number[]; lastRow: string; seconds: number }> {
  return page.evaluate(
    async ([stepPx, lastName]) => {
      const box = document.querySelector<HTMLElement>('[role=list][aria-label^="Entries of"]')!;
      const frames: number[] = [];
      const begin = performance.now();
      let before = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      const last = () => box.querySelector('[role=listitem]:last-child')?.textContent ?? '';
      while (
        !(box.scrollTop + box.clientHeight >= box.scrollHeight - 2 && last().includes(lastName as string))
      ) {
        const top = box.scrollTop;
        box.scrollTop = top + (stepPx as number);
        const moved = box.scrollTop !== top;
        const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
        if (moved) frames.push(now - before);
        before = now;
        if (now - begin > 10 * 60_000) throw new Error(`the end was not reached, only ${last()}`);
      }
      return { frames, lastRow: last(), seconds: (performance.now() - begin) / 1000 };
    },
    [STEP_PX, nameOf(ENTRIES)] as const,
  );
}

const tell = (text: string) => process.stderr.write(`${text}\n`);
const round = (value: number) => Math.round(value * 10) / 10;

const installation = await startDemoInstallation();
const browser = await chromium.launch({
  executablePath: (await ensureBrowser()) ?? undefined,
  args: CHROMIUM_FLAGS,
});
try {
  await fill(installation.databaseUrl, installation.experiment.id);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const cookies = (await signIn(installation, 'scientist')).split('; ').map((pair) => {
    const cut = pair.indexOf('=');
    return { name: pair.slice(0, cut), value: pair.slice(cut + 1), url: installation.web };
  });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const address = (folder: string) =>
    `${installation.web}/experiments/${installation.experiment.code}/files?path=${encodeURIComponent(folder)}`;

  const opened: number[] = [];
  for (let turn = 0; turn < ROUNDS + 1; turn++) {
    await page.goto(address('work'));
    await page.locator('[role=listitem] button[title=many]').waitFor();
    const ms = await untilRow(page, nameOf(1), '[role=listitem] button[title=many]', null);
    // The first one also compiles what the server runs.
    if (turn > 0) opened.push(ms);
  }
  tell(`first rows: ${opened.map(round).join(', ')} ms`);

  const { frames, seconds } = await scrollDown(page);
  frames.sort((a, b) => a - b);
  const p95 = frames[Math.floor(frames.length * 0.95)]!;
  tell(
    `${frames.length} frames in ${round(seconds)} s: median ${round(median([...frames]))} ms, p95 ${round(p95)} ms, longest ${round(frames.at(-1)!)} ms`,
  );

  const filtered: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    await page.goto(address('work/many'));
    await page.locator('[role=listitem]').first().waitFor();
    const wanted = nameOf(ENTRIES - turn);
    filtered.push(await untilRow(page, wanted, 'input[aria-label="Search files"]', wanted.slice(6, 12)));
  }
  tell(`filter: ${filtered.map(round).join(', ')} ms`);
  process.stdout.write(
    `${JSON.stringify({
      bench: 'folder-100k',
      entries: ENTRIES,
      first_rows_ms: round(median(opened)),
      scroll_p95_ms: round(p95),
      filter_ms: round(median(filtered)),
    })}\n`,
  );
} finally {
  await browser.close();
  await installation.stop();
}
