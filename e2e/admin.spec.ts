import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { licenceFileSchema } from '#src/shared/contracts/agent-licence.ts';
import {
  account,
  demo,
  expect,
  expectAccessible,
  forgetSession,
  signIn,
  signInByForm,
  test,
} from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';

test.describe.configure({ timeout: 180_000 });

const admin = account('admin');

test('an admin makes a licence and books CPU hours', async ({ page }) => {
  await signIn(page, 'admin', '/admin/licences');
  const licence = `Beam time ${Date.now()}`;
  const dialog = page.getByRole('dialog');
  const hours = dialog.getByLabel('CPU hours');
  await page.getByRole('button', { name: 'New licence' }).click();
  await dialog.getByLabel('Name').fill(licence);
  await dialog.getByLabel('Owner').selectOption({ label: 'Person' });
  await dialog.getByLabel('Person').fill(account('outsider').email);
  await hours.fill('many');
  await expect(hours).toHaveAccessibleDescription('A number, such as 500 or 12.5.');
  await hours.fill('12.5');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Make the licence' }).click();
  await page.getByRole('link', { name: licence }).click();
  await expect(page.getByRole('heading', { name: licence })).toBeVisible();
  await expect(page.getByText('12.5').first()).toBeVisible();

  await page.getByRole('button', { name: 'Book CPU hours' }).click();
  await hours.fill('-13');
  await expect(hours).toHaveAccessibleDescription('Only 12.5 CPU hours are neither used nor set aside.');
  await hours.fill('7.5');
  await dialog.getByLabel('Reason').fill('one more day');
  await dialog.getByRole('button', { name: 'Book', exact: true }).click();
  await expect(page.getByRole('row').filter({ hasText: 'one more day' })).toContainText('7.5');
  await expectAccessible(page);
  await page.goto(`/admin/licences?q=${encodeURIComponent(licence)}`);
  await expect(page.getByRole('link', { name: licence })).toContainText('20 left of 20 CPU hours');
});

test('an admin issues the licence of an agent and revokes it', async ({ page }) => {
  await signIn(page, 'admin', '/admin/agents');
  const name = `SYNC ${Date.now()}`;
  const dialog = page.getByRole('dialog');
  const saved = async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: /^Save .*\.licence\.json$/ }).click(),
    ]);
    await dialog.getByRole('button', { name: 'Done' }).click();
    const file = licenceFileSchema.parse(JSON.parse(await readFile(await download.path(), 'utf8')));
    return JSON.parse(Buffer.from(file.payload, 'base64url').toString('utf8')) as object;
  };
  await page.getByRole('button', { name: `New agent of ${demo.instrument.name}` }).click();
  await dialog.getByRole('radio', { name: /^SYNC/ }).check();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByRole('button', { name: 'Make the agent' }).click();
  const first = await saved();
  expect(first).toMatchObject({ name, kind: 'sync', instrument: { id: demo.instrument.id } });
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('never');

  await test.step('another one, for another machine', async () => {
    await row.getByRole('button', { name: 'New licence' }).click();
    await dialog.getByRole('button', { name: 'Make the licence' }).click();
    expect(await saved()).not.toEqual(first);
  });

  await test.step('revoked, for a reason that everybody reads', async () => {
    await row.getByRole('button', { name: 'Revoke' }).click();
    await dialog.getByLabel('Reason').fill('the laptop was lost');
    await dialog.getByRole('button', { name: `Revoke the licence of ${name}` }).click();
    await expect(row).toContainText(`by ${admin.name}: the laptop was lost`);
    await expect(row.getByRole('button', { name: 'Restore' })).toBeVisible();
    await expectAccessible(page);
  });

  const staff = await signedInApi('staff');
  const agents = await staff.agents.list.query({ instrumentId: demo.instrument.id });
  await staff.agents.remove.mutate({ agentId: agents.find((agent) => agent.name === name)!.id });
});

test('an admin shuts somebody out at once, and lets them in again', async ({ page, browser }) => {
  const api = await signedInApi('admin');
  const [facility] = await api.facilities.mine.query();
  const { facilityId } = facility!;
  const outsider = account('outsider');
  const known = async () =>
    (await api.facilities.people.query({ facilityId, search: outsider.email })).items[0]!;
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  forgetSession('outsider');
  await signIn(other, 'outsider', '/projects');
  forgetSession('outsider');
  await signIn(page, 'admin', '/admin/people');
  const row = page.getByRole('list', { name: 'People' }).getByRole('listitem');
  try {
    await page.getByLabel('Search people').fill(outsider.email);
    await expect(row).toHaveCount(1);
    await expectAccessible(page);
    await row.getByRole('button', { name: 'Disable' }).click();
    const question = page.getByRole('alertdialog', { name: `Shut out ${outsider.name}?` });
    await expect(question).toContainText('signed out everywhere');
    await question.getByRole('button', { name: 'Disable' }).click();
    await expect(row).toContainText('disabled');
    await other.reload();
    await expect(other).toHaveURL(/\/sign-in/);
    await other.getByLabel('E-mail').fill(outsider.email);
    await other.getByLabel('Password', { exact: true }).fill(outsider.password);
    await other.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(other.getByRole('alert').filter({ hasText: /\w/ })).toBeVisible();
    await expect(other).toHaveURL(/\/sign-in/);

    await page.getByLabel('Show').selectOption({ label: 'Disabled' });
    await row.filter({ hasText: outsider.email }).getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Enable' }).click();
    await expect(page.getByText(`${outsider.name} may sign in again`, { exact: true })).toBeVisible();
  } finally {
    // The journeys after this one need them, whatever became of the buttons.
    const { id: personId, disabledAt } = await known();
    if (disabledAt) await api.facilities.setPersonDisabled.mutate({ facilityId, personId, disabled: false });
  }
  await signInByForm(other, 'outsider', '/projects');
  await expect(other.getByRole('heading', { name: 'Projects' })).toBeVisible();
  await elsewhere.close();
});

test('an admin changes a policy, and it stands in the trail and in its export', async ({ page }) => {
  const api = await signedInApi('admin');
  const [facility] = await api.facilities.mine.query();
  const { facilityId } = facility!;
  const before = await api.facilities.policies.query({ facilityId });
  const { staffAccessDays, processingWindowDays } = before;
  const begun = new Date();
  await signIn(page, 'admin', '/admin/policies');
  const field = page.getByLabel('Staff access after the end, days');
  const days = String(staffAccessDays + 1);
  try {
    await field.fill('a month');
    await expect(field).toHaveAccessibleDescription('Whole days, 0 to 3650.');
    await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
    await field.fill(days);
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('The policies hold from now on', { exact: true })).toBeVisible();
    await expectAccessible(page);
    await page.reload();
    await expect(field).toHaveValue(days);
  } finally {
    await api.facilities.setPolicies.mutate({ facilityId, staffAccessDays, processingWindowDays });
  }

  await page.goto('/admin/audit');
  const rows = page.getByRole('list', { name: 'Audit trail' }).getByRole('listitem');
  await page.getByLabel('Who').fill(admin.name);
  await page.getByLabel('Did').selectOption('facility.setPolicies');
  await expect(rows.first()).toContainText(admin.name);
  await expect(rows.filter({ hasText: days }).first()).toBeVisible();
  await expectAccessible(page);

  await test.step('the export has what was searched for', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('audit.csv');
    const text = await readFile(await download.path(), 'utf8');
    const told = parse(text, { columns: true }) as Record<'at' | 'action' | 'email' | 'detail', string>[];
    expect(new Set(told.map(({ action }) => action))).toEqual(new Set(['facility.setPolicies']));
    expect(new Set(told.map(({ email }) => email))).toEqual(new Set([admin.email]));
    const lately = told.filter(({ at }) => new Date(at) >= begun);
    const set = lately.map(({ detail }) => (JSON.parse(detail) as typeof before).staffAccessDays);
    expect(set).toEqual([before.staffAccessDays, Number(days)]);
  });

  await test.step('that it was taken away stands in the trail too', async () => {
    await page.goto('/admin/audit?action=audit.export');
    await expect(rows.first()).toContainText(admin.name);
    await rows.first().getByRole('button').click();
    await expect(page.getByRole('dialog', { name: 'audit.export' })).toContainText(admin.email);
  });
});

test('an admin sees no data', async ({ page }) => {
  await signIn(page, 'admin', `/experiments/${demo.experiment.code}`);
  await expect(page.getByText('There is no such experiment, or it is not yours to see.')).toBeVisible();
  await page.goto('/experiments');
  await expect(page.getByRole('heading', { name: 'Experiments' })).toBeVisible();
  await expect(page.getByText(demo.experiment.title)).toBeHidden();
});
