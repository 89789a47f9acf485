import type { Locator, Page } from '@playwright/test';
import { demo, expect } from '../demo-facility.ts';

const REFUSED = [401, 403, 404];
/** Of an answer to several questions at once, those that were refused. */
const REFUSED_PARTS = /"httpStatus":(401|403|404),"path":"([\w.]+)"/g;
/** Open as long as the page is. */
const isStream = (url: string) => url.includes('/api/trpc/live.events');
/** A dialog's ways out change nothing. */
const WAY_OUT = /^(Cancel|Close|Done)$/;
const MOST_SETTLE_MS = 15_000;

interface Named {
  role: 'button' | 'switch' | 'checkbox';
  name: string;
}

/** Everything that can be pressed within `scope`; of what rows of a list have in common (Edit this, Edit that) the first. */
async function pressable(scope: Locator): Promise<Named[]> {
  const found = new Map<string, Named>();
  let rowIndent = Number.POSITIVE_INFINITY;
  for (const line of (await scope.ariaSnapshot()).split('\n')) {
    const indent = line.search(/\S/);
    if (indent <= rowIndent)
      rowIndent = /- '?(listitem|row)\b/.test(line) ? indent : Number.POSITIVE_INFINITY;
    const [, role, quoted] = /- '?(button|switch|checkbox) ("(?:[^"\\]|\\.)*")/.exec(line) ?? [];
    if (!role || !quoted || line.includes('[disabled]')) continue;
    const name = JSON.parse(quoted.replaceAll("''", "'")) as string;
    const inRow = indent > rowIndent;
    const key = inRow ? `row ${role} ${name.split(' ', 1)[0]}` : `${role} ${name}`;
    if (!found.has(key)) found.set(key, { role: role as Named['role'], name });
  }
  return [...found.values()];
}

/** What the server refuses while `page` is used, as `status what`, and when all that was asked is answered. */
function watchAnswers(page: Page) {
  const open = new Set<object>();
  const refused: string[] = [];
  const reads: Promise<void>[] = [];
  page.on('request', (request) => {
    if (request.url().startsWith(demo.web) && !isStream(request.url())) open.add(request);
  });
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  page.on('response', (response) => {
    const url = new URL(response.url());
    if (url.origin !== demo.web) return;
    if (REFUSED.includes(response.status())) refused.push(`${response.status()} ${url.pathname}`);
    if (response.status() !== 207) return;
    const read = response.text().then(
      (text) => {
        for (const [, status, path] of text.matchAll(REFUSED_PARTS)) refused.push(`${status} ${path}`);
      },
      // A page that was left takes its answers with it.
      () => undefined,
    );
    reads.push(read);
  });
  return {
    async settled() {
      // What a press sets off is asked for by the second next picture.
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
      await expect.poll(() => open.size, { timeout: MOST_SETTLE_MS, intervals: [20, 50, 100] }).toBe(0);
      await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0);
    },
    /** Since it was asked last. */
    async refused() {
      await Promise.all(reads.splice(0));
      return refused.splice(0);
    },
  };
}

/**
 * A hand that presses whatever can be pressed on the page at an address, and in the dialogs that open (empty fields are filled); what `spare` names
 * is left. It answers what was pressed, and what was refused meanwhile.
 */
export function handOn(page: Page, spare: RegExp) {
  const answers = watchAnswers(page);
  const content = page.locator('#content');
  const openDialog = page.locator('[role=dialog],[role=alertdialog]').last();

  async function open(address: string) {
    await page.goto(address);
    await expect(content.getByRole('heading').or(content.getByRole('list')).first()).toBeVisible();
    await answers.settled();
  }

  /** Whether it was still there to be pressed: pages live. */
  async function press(scope: Locator, { role, name }: Named): Promise<boolean> {
    const target = scope.getByRole(role, { name, exact: true }).first();
    if (!(await target.isVisible()) || !(await target.isEnabled())) return false;
    await target.click({ timeout: MOST_SETTLE_MS });
    await answers.settled();
    return true;
  }

  async function pressInDialog(): Promise<void> {
    const id = (await openDialog.getAttribute('id'))!;
    const dialog = page.locator(`[id="${id}"]`);
    for (const field of await dialog.locator('input:not([type]),input[type=text],textarea').all())
      if ((await field.isEditable()) && (await field.inputValue()) === '') await field.fill('x');
    for (const each of await pressable(dialog)) {
      if (WAY_OUT.test(each.name) || spare.test(each.name)) continue;
      if (!(await dialog.isVisible())) return;
      await press(dialog, each);
      // A question above the dialog.
      if ((await openDialog.isVisible()) && (await openDialog.getAttribute('id')) !== id) {
        await pressInDialog();
        await page.keyboard.press('Escape');
      }
    }
  }

  return async function pressEverything(address: string) {
    const pressed: string[] = [];
    await open(address);
    for (const each of await pressable(content)) {
      if (spare.test(each.name)) continue;
      if (page.url() !== new URL(address, demo.web).href) await open(address);
      if (!(await press(content, each))) continue;
      pressed.push(each.name);
      if (await openDialog.isVisible()) await pressInDialog();
      await page.keyboard.press('Escape');
      await expect(openDialog).toBeHidden();
    }
    return { pressed, refused: await answers.refused() };
  };
}
