import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';

/** From a new project to a collaborator who reads an experiment by it, and to the moment when they do not any more. */
test('a project lets its people read an experiment, until its Owner takes it out', async ({
  page,
  browser,
}) => {
  test.setTimeout(180_000);
  const { code, title } = demo.experiment;
  const guestName = account('outsider').name;
  await signIn(page, 'scientist', '/projects');
  await page.getByRole('button', { name: 'New project' }).click();
  await page.getByLabel('Title').fill('Lysozyme of all visits');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Create project' }).click();
  await page.waitForURL(/\/projects\/DEM\d\d-/);
  const address = page.url();
  const project = address.split('/').at(-1)!;

  await page.getByRole('button', { name: 'Link an experiment' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`${code} ${title}`).click();
  await dialog.getByRole('button', { name: `Link ${code}` }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row').filter({ hasText: code })).toContainText(title);
  await expectAccessible(page);

  // Signed in before, so that the invitation is asked and not taken up by a first sign-in.
  const elsewhere = await browser.newContext();
  const guest = await elsewhere.newPage();
  await signIn(guest, 'outsider', '/projects');
  await expect(guest.getByRole('heading', { name: 'Projects' })).toBeVisible();
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByLabel('Invite by e-mail or user name').fill(account('outsider').email);
  await page.getByLabel('Role', { exact: true }).selectOption('viewer');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await guest.getByRole('button', { name: `Join ${project}` }).click();
  await guest.waitForURL(address);
  await guest.getByRole('link', { name: code }).click();
  await expect(guest.getByText('read-only, by a project')).toBeVisible();
  await expect(guest.getByRole('link', { name: 'People' })).toBeHidden();

  // The experiment's people see who reads it and why, and end it; who is let out sees nothing of it from then on.
  await page.goto(`/experiments/${code}/people`);
  const people = page.getByRole('list', { name: `People of ${project}` });
  await expect(people).toContainText(guestName);
  await expectAccessible(page);
  await page.getByRole('button', { name: `Take it out of ${project}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Take it out' }).click();
  await expect(people).toBeHidden();
  await expect(guest.getByText('There is no such experiment, or it is not yours to see.')).toBeVisible();

  await page.goto(`${address}/people`);
  await page.getByRole('button', { name: `Remove ${guestName}` }).click();
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: `Remove ${guestName}` })
    .click();
  await guest.goto(address);
  await expect(guest.getByText('There is no such project, or it is not yours to see.')).toBeVisible();
  await elsewhere.close();
});
