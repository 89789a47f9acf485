import type { BrowserContext } from '@playwright/test';
import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { expectFrameDrawn, wholeDataset } from './lib/drawn-frame.ts';

/** Counts what is pressed in the pages of a browser, with the mouse or by Enter in a form; typing is not counted. */
async function countPresses(context: BrowserContext): Promise<() => number> {
  let presses = 0;
  await context.exposeBinding('tellPress', () => {
    presses += 1;
  });
  await context.addInitScript(() => {
    const { tellPress } = window as unknown as { tellPress(): void };
    addEventListener('click', ({ isTrusted }) => isTrusted && tellPress(), { capture: true });
  });
  return () => presses;
}

/** From the mail to the first frame: the way of a collaborator who has no account, in at most six presses. */
test('somebody without an account is invited, joins by the link of the mail, and sees the first frame', async ({
  page,
  browser,
}) => {
  test.setTimeout(240_000);
  const { code } = demo.experiment;
  const address = `guest.${Date.now()}@institute.example`;
  await signIn(page, 'scientist', `/experiments/${code}/people`);
  await page.getByLabel('Invite by e-mail or user name').fill(address);
  await page.getByLabel('Role', { exact: true }).selectOption('viewer');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(page.getByText(address, { exact: true })).toBeVisible();

  // The mailbox of the demo is a page; what is pressed in it is the link of the mail.
  await page.goto('/mails');
  const mail = page.getByRole('listitem').filter({ hasText: address });
  await mail.getByText('invites you to').first().click();
  await expectAccessible(page);
  const link = (await mail.getByRole('link').getAttribute('href'))!;

  const elsewhere = await browser.newContext();
  const pressesSince = await countPresses(elsewhere);
  const guest = await elsewhere.newPage();
  await guest.goto(link);
  await expect(guest.getByRole('heading', { name: `Join ${code}` })).toBeVisible();
  await expect(guest.getByText(demo.experiment.title)).toBeHidden();
  await expectAccessible(guest);
  await guest.getByLabel('Your name').fill('Gita Guest');
  await guest.getByLabel('Password', { exact: true }).fill('a calm control room');
  await guest.getByRole('button', { name: 'Create the account and join' }).click();
  await guest.waitForURL(`**/experiments/${code}`);
  await expect(wholeDataset(guest)).toBeVisible({ timeout: 150_000 });
  await wholeDataset(guest).click();
  await expectFrameDrawn(guest);
  // One more: the link in the mail.
  const presses = 1 + pressesSince();
  expect(presses).toBeGreaterThanOrEqual(3);
  expect(presses).toBeLessThanOrEqual(6);

  // In at once for everybody, and the link is used up.
  await page.goto(`/experiments/${code}/people`);
  const row = page.getByRole('row').filter({ hasText: address });
  await expect(row).toContainText('Gita Guest');
  await expect(row).toContainText('Sam Scientist');
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(link);
  await expect(stranger.getByText('was accepted already')).toBeVisible();
  await row.getByRole('button', { name: 'Remove Gita Guest' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove Gita Guest' }).click();
  await expect(row).toBeHidden();
  await stranger.context().close();
  await elsewhere.close();
});

test('a forgotten password is set anew by a link of a mail', async ({ page, browser }) => {
  test.setTimeout(120_000);
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'I do not know my password' }).click();
  await page.getByLabel('E-mail').fill('nobody@institute.example');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expect(page.getByText('If there is an account for nobody@institute.example')).toBeVisible();

  const elsewhere = await browser.newContext();
  const viewer = await elsewhere.newPage();
  await signIn(viewer, 'viewer', '/mails');
  await page.goto('/forgot-password');
  await page.getByLabel('E-mail').fill('viewer@demo.beamdeck');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await expect(page.getByText('If there is an account for viewer@demo.beamdeck')).toBeVisible();
  const mail = viewer.getByRole('listitem').filter({ hasText: 'Set a new password for Beamdeck' }).first();
  await mail.getByText('Set a new password').first().click();
  const link = (await mail.getByRole('link').getAttribute('href'))!;
  await page.goto(link);
  await expect(page.getByRole('heading', { name: 'Set a password' })).toBeVisible();
  await expect(page.getByText('viewer@demo.beamdeck')).toBeVisible();
  await elsewhere.close();
});
