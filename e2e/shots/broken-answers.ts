import type { Page } from '@playwright/test';

/** What a page does with answers that never come, or that it cannot show. */

/** Asks again for a page whose lists cannot be reached, until it says so. */
export const unreachable =
  (procedure: string) =>
  async (page: Page): Promise<void> => {
    await page.route(new RegExp(`/api/trpc/[^?]*${procedure.replace('.', '\\.')}`), (route) => route.abort());
    await page.reload();
    await page.getByRole('button', { name: 'Try again' }).waitFor({ timeout: 60_000 });
  };

interface Answer {
  result?: { data?: { json?: { items?: unknown[] } | null } };
}

/** Asks again for a page whose list holds something that no server sends: what is drawn from it fails. */
export const undrawable =
  (procedure: string) =>
  async (page: Page): Promise<void> => {
    await page.route(new RegExp(`/api/trpc/[^?]*${procedure.replace('.', '\\.')}`), async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as Answer | Answer[];
      for (const each of Array.isArray(body) ? body : [body]) {
        const list = each.result?.data?.json;
        if (list?.items) list.items = [null];
      }
      await route.fulfill({ response: answer, json: body });
    });
    await page.reload();
    await page.getByRole('button', { name: 'Try again' }).waitFor({ timeout: 60_000 });
  };
