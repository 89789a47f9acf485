import type { Page } from '@playwright/test';
import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { runningPids } from './lib/killed-process.ts';

/** An alarm and the people it reaches: the HUB stands still, who is on call hears of it, and one says that they take care. */

const cockpit = `/instruments/${demo.instrument.slug}`;
const alarms = (page: Page) => page.getByRole('region', { name: 'Alarms' });

test('the HUB falls silent: told to who is on call, acknowledged by name, seen by everybody', async ({
  page,
  browser,
}) => {
  test.setTimeout(300_000);
  const staff = account('staff');
  await signIn(page, 'staff', `${cockpit}/alarms`);
  await page.getByLabel('Hand over to').selectOption({ label: staff.name });
  await page.getByRole('button', { name: 'Hand over', exact: true }).click();
  await expect(page.getByRole('list', { name: 'Hand-overs' })).toContainText(staff.name);
  await expectAccessible(page);

  const elsewhere = await browser.newContext();
  const second = await elsewhere.newPage();
  await signIn(second, 'staff', cockpit);
  await page.goto(cockpit);
  await expect(alarms(page)).toContainText(`On call: ${staff.name}`, { timeout: 60_000 });
  const { hub } = runningPids();
  process.kill(hub, 'SIGSTOP');
  try {
    const row = alarms(page).getByRole('listitem').filter({ hasText: 'Nothing was heard of HUB' });
    await expect(row).toBeVisible({ timeout: 60_000 });
    await test.step('in the app and by mail', async () => {
      await expect(page.getByRole('button', { name: /^Notifications: \d+\+? not read/ })).toBeVisible({
        timeout: 60_000,
      });
      await page.getByRole('button', { name: /^Notifications: / }).click();
      await expect(page.getByRole('dialog', { name: 'Notifications' })).toContainText(
        'Nothing is heard of HUB.',
        // Another alarm may have rung the bell before.
        { timeout: 60_000 },
      );
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await second.goto('/mails');
      const mail = second.getByRole('listitem').filter({ hasText: 'Nothing is heard of HUB.' }).first();
      await expect(mail).toContainText(staff.email);
      await second.goto(cockpit);
    });
    await row.getByRole('button', { name: /^Acknowledge/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Acknowledge' });
    await dialog.getByLabel('A word for the others').fill('Looking at the machine');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'I take care of it' }).click();
    for (const each of [page, second]) {
      await expect(alarms(each)).toContainText(`${staff.name} takes care of it`, { timeout: 60_000 });
      await expect(alarms(each)).toContainText('Looking at the machine');
    }
  } finally {
    process.kill(hub, 'SIGCONT');
  }
  await expect(alarms(page)).not.toContainText('Nothing was heard of HUB', { timeout: 60_000 });
  await elsewhere.close();
});
