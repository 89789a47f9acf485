import type { BrowserContext, Page } from '@playwright/test';
import { account, demo, expect, expectAccessible, forgetSession, signIn, test } from './demo-facility.ts';

const liveBadge = (page: Page) => page.getByRole('status').filter({ hasText: /live/i });
const openSubscriptions = (page: Page): Set<string> => {
  const open = new Set<string>();
  page.on('request', (request) => request.url().includes('/api/trpc/live.events') && open.add(request.url()));
  return open;
};

test('sign-in leads back to where one was, keeps the e-mail after a mistake, and says what is wrong', async ({
  page,
}) => {
  const { email, password } = account('scientist');
  await page.goto('/experiments?states=running');
  await expect(page).toHaveURL(/\/sign-in\?to=/);
  await expectAccessible(page);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('E-mail or password is wrong.')).toBeVisible();
  await expect(page.getByLabel('E-mail')).toHaveValue(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/experiments?states=running');
});

test('another site is no place to be sent to after sign-in', async ({ page }) => {
  const { email, password } = account('scientist');
  await page.goto('/sign-in?to=//example.org/phish');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== '/sign-in');
  expect(new URL(page.url()).origin).toBe(demo.web);
});

test('two tabs share one live connection; when the first closes the second takes over', async ({
  context,
}) => {
  const first = await context.newPage();
  const firstOpen = openSubscriptions(first);
  await signIn(first, 'staff', '/account');
  await expect(liveBadge(first)).toBeVisible();
  expect(firstOpen.size).toBeGreaterThan(0);

  const second = await context.newPage();
  const secondOpen = openSubscriptions(second);
  await second.goto(`/instruments/${demo.instrument.slug}`);
  await expect(liveBadge(second)).toBeVisible();
  expect(secondOpen.size).toBe(0);

  await first.close();
  await expect.poll(() => secondOpen.size).toBeGreaterThan(0);
  await expect(liveBadge(second)).toBeVisible();
});

test('signing out everywhere ends the session of another browser too', async ({ browser, baseURL }) => {
  const open = async (): Promise<[BrowserContext, Page]> => {
    const context = await browser.newContext({ baseURL });
    return [context, await context.newPage()];
  };
  const [hereContext, here] = await open();
  const [thereContext, there] = await open();
  // Two sessions, none of them that of the other journeys.
  forgetSession('member');
  await signIn(here, 'member', '/account');
  forgetSession('member');
  await signIn(there, 'member', '/experiments');
  await here.getByRole('button', { name: 'Sign out everywhere' }).click();
  const dialog = here.getByRole('alertdialog');
  await expectAccessible(here);
  await dialog.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(here).toHaveURL(/\/sign-in/);
  forgetSession('member');
  // Whatever is asked next finds the session ended, and the way back is kept.
  await there.goto('/account');
  await expect(there).toHaveURL('/sign-in?to=%2Faccount');
  await Promise.all([hereContext.close(), thereContext.close()]);
});

test('palette, keys and appearance', async ({ page }) => {
  await signIn(page, 'scientist', '/account');
  await expect(liveBadge(page)).toBeVisible();

  await test.step('the palette finds an experiment by its code', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(demo.experiment.code.toLowerCase());
    const palette = page.getByRole('dialog', { name: 'Command palette' });
    const found = palette.getByRole('option', { name: demo.experiment.code });
    // So that Enter opens it.
    await expect(found).toHaveAttribute('aria-selected', 'true');
    await expectAccessible(page);
    await palette.getByRole('option', { name: demo.experiment.code }).click();
    await expect(page).toHaveURL(new RegExp(`/experiments/${demo.experiment.code}`));
  });

  await test.step('keys go places, and are listed', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await expect(page).toHaveURL(/\/experiments(\?|$)/);
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keys of this page' })).toContainText(
      'search and commands',
    );
    await page.keyboard.press('Escape');
  });

  await test.step('the chosen appearance comes from the server at once', async () => {
    await page.getByRole('button', { name: /account and appearance/ }).click();
    await page.getByRole('menuitemradio', { name: 'Light' }).click();
    await page.keyboard.press('Escape');
    const answer = await page.request.get('/account');
    expect(await answer.text()).toContain('data-theme="light"');
    await page.reload();
    await expectAccessible(page);
  });
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test('nothing is wider than the screen, and the menu opens', async ({ page }) => {
    await signIn(page, 'staff', '/account');
    for (const path of [
      '/account',
      '/experiments',
      '/instruments',
      `/instruments/${demo.instrument.slug}`,
      `/instruments/${demo.instrument.slug}/unassigned`,
      `/instruments/${demo.instrument.slug}/agents`,
      `/instruments/${demo.instrument.slug}/history`,
      '/jobs',
      '/templates',
      '/templates/new',
    ]) {
      await page.goto(path);
      await expect(liveBadge(page)).toBeAttached();
      const excess = await page
        .locator('#content')
        .evaluate((main) =>
          Math.max(main.scrollWidth - main.clientWidth, document.documentElement.scrollWidth - innerWidth),
        );
      expect(excess, path).toBeLessThanOrEqual(0);
    }
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('dialog', { name: 'Menu' }).getByRole('link', { name: 'Experiments' }).click();
    await expect(page).toHaveURL(/\/experiments/);
    await expect(page.getByRole('dialog')).toBeHidden();
  });
});

test('nothing breaks the content policy', async ({ page }) => {
  const broken: string[] = [];
  await page.exposeFunction('tellViolation', (text: string) => broken.push(text));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const tell = (window as unknown as { tellViolation(text: string): void }).tellViolation;
      tell(`${location.pathname}: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  await signIn(page, 'staff', '/account');
  await expect(liveBadge(page)).toBeVisible();
  await page.getByRole('button', { name: /account and appearance/ }).click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Command palette' })).toBeVisible();
  await page.keyboard.press('Escape');
  const { experiment, instrument } = demo;
  const pages = [
    ...['/experiments', `/experiments/${experiment.code}/samples`, '/projects', '/jobs', '/templates/new'],
    ...[`/instruments/${instrument.slug}`, `/instruments/${instrument.slug}/alarms`, '/no-such-page'],
  ];
  for (const path of pages) {
    await page.goto(path);
    await expect(liveBadge(page)).toBeVisible();
  }
  expect(broken).toEqual([]);
});

test('writes from another site are refused, and answers tell no more than they should', async ({
  request,
  baseURL,
}) => {
  const refused = await request.post('/api/trpc/me.revokeAllSessions', {
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    data: { json: { keepThis: false } },
  });
  expect(refused.status()).toBe(403);
  expect((await refused.json()).error.code).toBe('WRONG_ORIGIN');

  const large = await request.post('/api/trpc/me.setPassword', {
    data: { json: { token: 'x'.repeat(1_100_000) } },
  });
  expect(large.status()).toBe(413);

  const broken = await request.post('/api/trpc/me.setPassword', {
    headers: { 'content-type': 'application/json' },
    data: Buffer.from('{"json":'),
  });
  expect(broken.status()).toBe(400);
  expect(await broken.text()).not.toMatch(/node_modules|\.ts:|at \w+ \(/);
  expect(broken.headers()['x-request-id']).toBeTruthy();

  const page = await request.get('/sign-in');
  const headers = page.headers();
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['x-powered-by']).toBeUndefined();
  expect(baseURL).toBe(demo.web);
});
