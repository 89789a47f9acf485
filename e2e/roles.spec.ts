import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { expectFrameDrawn, wholeDataset } from './lib/drawn-frame.ts';

const experimentPage = (tab = '') => `/experiments/${demo.experiment.code}${tab}`;

test('the principal investigator describes the experiment, its samples, and who may see it', async ({
  page,
  browser,
}) => {
  test.setTimeout(180_000);
  await signIn(page, 'scientist', experimentPage('/settings'));
  const keywords = page.getByLabel('Keywords');
  await expect(keywords).toBeEditable();
  const before = await keywords.inputValue();
  await keywords.fill(`${before}, phasing ${Date.now()}`);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await expectAccessible(page);
  await page.reload();
  await expect(keywords).toHaveValue(/phasing \d+$/);

  // A table with a wrong line writes nothing; mended, all of it.
  await page.goto(experimentPage('/samples'));
  const sample = `PI_${Date.now()}`;
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const dialog = page.getByRole('dialog');
  const choose = (text: string) =>
    dialog
      .getByLabel('File')
      .setInputFiles({ name: 'samples.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await choose(`name;protein;position\n${sample};HEWL;1\n;HEWL;2\n`);
  await expect(dialog.getByRole('alert')).toContainText('1 fault: nothing was written');
  await expect(dialog.getByRole('button', { name: 'Import', exact: true })).toBeDisabled();
  await expectAccessible(page);
  await choose(`name;protein;position\n${sample};HEWL;1\n${sample}b;HEWL;2\n`);
  await dialog.getByRole('button', { name: 'Import 2 samples' }).click();
  await page.getByLabel('Search samples').fill(`${sample}b`);
  await expect(page.getByRole('list', { name: 'Samples' }).getByText(`${sample}b`)).toBeVisible();

  // Whoever is made a Manager may do more from the next press on, without a new sign-in.
  const elsewhere = await browser.newContext();
  const member = await elsewhere.newPage();
  await signIn(member, 'member', experimentPage('/settings'));
  await expect(member.getByLabel('Keywords')).not.toBeEditable();
  await page.goto(experimentPage('/people'));
  const role = page
    .getByRole('row')
    .filter({ hasText: account('member').email })
    .getByRole('combobox');
  await role.selectOption('manager');
  await expect(member.getByLabel('Keywords')).toBeEditable();
  await role.selectOption('member');
  await expect(member.getByLabel('Keywords')).not.toBeEditable();
  await elsewhere.close();
});

test('a viewer sees and takes home, and is offered nothing else', async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page, 'viewer', experimentPage());
  await wholeDataset(page).click({ timeout: 150_000 });
  await expectFrameDrawn(page);

  await page.goto(experimentPage('/samples'));
  await expect(page.getByLabel('Search samples')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Import CSV' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'New sample' })).toBeHidden();
  await page.goto(experimentPage('/people'));
  await expect(page.getByRole('row').filter({ hasText: account('scientist').email })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Remove / })).toBeHidden();
  await page.goto(experimentPage('/settings'));
  await expect(page.getByLabel('Keywords')).not.toBeEditable();
  await expectAccessible(page);

  await page.goto(`/instruments/${demo.instrument.slug}`);
  await expect(page.getByText(demo.experiment.code).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Finish' })).toBeHidden();
  for (const hidden of [`/instruments/${demo.instrument.slug}/agents`, '/admin/people', '/admin/audit']) {
    await page.goto(hidden);
    await expect(page.getByText('nothing here', { exact: false }).first()).toBeVisible();
  }
});

test('an admin gives CPU hours, finds who did what, and sees no data', async ({ page }) => {
  test.setTimeout(180_000);
  await signIn(page, 'admin', '/admin/licences');
  const licence = `Beam time ${Date.now()}`;
  await page.getByRole('button', { name: 'New licence' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(licence);
  await dialog.getByLabel('CPU hours').fill('many');
  await expect(dialog.getByText('A number, such as 500 or 12.5.')).toBeVisible();
  await dialog.getByLabel('CPU hours').fill('12.5');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Make the licence' }).click();
  await page.getByRole('link', { name: licence }).click();
  await expect(page.getByRole('heading', { name: licence })).toBeVisible();
  await expect(page.getByText('12.5').first()).toBeVisible();
  await expectAccessible(page);

  await page.goto('/admin/audit');
  await page.getByLabel('Did').selectOption('licence.create');
  const first = page.getByRole('list', { name: 'Audit trail' }).getByRole('listitem').first();
  await expect(first).toContainText(account('admin').name);
  await expectAccessible(page);

  await page.goto('/admin/people');
  await page.getByLabel('Search people').fill(account('outsider').email);
  await expect(page.getByRole('list', { name: 'People' }).getByRole('listitem')).toHaveCount(1);
  await expectAccessible(page);

  await page.goto(experimentPage());
  await expect(page.getByText('There is no such experiment, or it is not yours to see.')).toBeVisible();
  await page.goto('/experiments');
  await expect(page.getByText(demo.experiment.title)).toBeHidden();
});
