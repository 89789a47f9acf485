import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';

const { code } = demo.experiment;

/** Staff switch the instrument to another experiment and back; everybody else sees it without touching anything. */
test('switching the active experiment is seen live by its people', async ({ page, browser }) => {
  test.setTimeout(240_000);
  const other = await browser.newContext();
  const scientist = await other.newPage();
  await signIn(scientist, 'scientist', `/experiments/${code}`);
  await expect(scientist.getByText('active now')).toBeVisible();

  await signIn(page, 'staff', '/instruments/mx-1');
  const active = page.getByRole('region', { name: 'Active experiment' });
  await expect(active.getByText(code)).toBeVisible();

  const switchTo = async (title: string) => {
    await active.getByRole('button', { name: 'Switch' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(title).click();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: /^Activate DEM/ }).click();
    await expect(dialog).toBeHidden();
    await expect(active.getByText(title)).toBeVisible();
  };
  try {
    await switchTo('Thaumatin SAD');
    await expect(scientist.getByText('active now')).toBeHidden();
    await expect(scientist.getByText('Running', { exact: true })).toBeVisible();
    await switchTo('Lysozyme screening');
  } catch (error) {
    // The journeys after this one find the facility as they expect it.
    await (await signedInApi('staff')).experiments.activate.mutate({ experimentId: demo.experiment.id });
    throw error;
  }
  await expect(scientist.getByText('active now')).toBeVisible();
  await other.close();
});

/** From a folder to the proof that a file is whole; the address restores what was seen. */
test('files: folders, details, custody, verify, preview', async ({ page }) => {
  test.setTimeout(180_000);
  await signIn(page, 'viewer', `/experiments/${code}/files?path=processed`);
  const list = page.getByRole('list', { name: /^Entries of/ });
  // Results exist once the first dataset is finished and its job has run.
  await expect(list.getByRole('listitem').first()).toBeVisible({ timeout: 150_000 });
  for (const _folder of ['sample', 'dataset', 'job']) {
    await list.getByRole('listitem').getByRole('button').first().click();
    await expect(list.getByRole('listitem').first()).toBeVisible();
  }
  await list.getByRole('button', { name: 'fast-feedback.json' }).click();
  const details = page.getByRole('complementary', { name: 'Details' });
  await expect(details.locator('pre')).toContainText('"');
  await expect(details.getByRole('region', { name: 'Custody' })).toContainText('visible');
  await details.getByRole('button', { name: 'Verify' }).click();
  await expect(details.getByRole('status')).toContainText('the bytes are those of the source');
  await expectAccessible(page);

  await page.reload();
  await expect(details.getByRole('heading', { name: 'fast-feedback.json' })).toBeVisible();

  await page.goto(`/experiments/${code}/files?path=raw`);
  await list.getByRole('listitem').getByRole('button').first().click();
  await list
    .getByRole('button', { name: /_master\.h5$/ })
    .first()
    .click();
  await page.waitForURL(/\/datasets\/[0-9a-f-]+\/frames\/1/);
});

/** What a member does with files of their own, while somebody else looks on. */
test('files: put there over a line that is cut, renamed, moved, and deleted in two steps', async ({
  page,
  browser,
}) => {
  test.setTimeout(240_000);
  const other = await browser.newContext();
  const manager = await other.newPage();
  await signIn(manager, 'manager', `/experiments/${code}/files?path=work`);
  await signIn(page, 'member', `/experiments/${code}/files?path=raw`);
  const list = page.getByRole('list', { name: /^Entries of/ });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('menu')).toContainText('Raw data come from the instrument alone');
  await page.keyboard.press('Escape');

  const name = `plan-${Date.now()}`;
  const folder = `journey-${Date.now()}`;
  await page.getByRole('button', { name: 'work', exact: true }).click();
  await expect(page).toHaveURL(/path=work/);
  await page.keyboard.press('n');
  await page.getByLabel('Name of the folder').fill(folder);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Make the folder' }).click();
  await expect(list.getByRole('button', { name: folder })).toBeVisible();
  await expect(
    manager.getByRole('list', { name: /^Entries of/ }).getByRole('button', { name: folder }),
  ).toBeVisible();
  // Empty, and there all the same; the tree of the others shows it without being asked.
  await expect(manager.getByRole('navigation', { name: 'Folders' }).getByText(folder)).toBeVisible();

  let isCut = false;
  let sent = 0;
  await page.route(/\/part\//, async (route) => {
    if (route.request().method() !== 'PUT') return route.continue();
    if (isCut) return route.abort('internetdisconnected');
    sent += 1;
    isCut = sent === 1;
    return route.continue();
  });
  await page.getByLabel('Files for work').setInputFiles({
    name: `${name}.bin`,
    mimeType: 'application/octet-stream',
    buffer: Buffer.alloc(9e6, 7),
  });
  const uploads = page.getByRole('region', { name: 'Uploads' });
  await expect(uploads).toContainText('no connection');
  await expectAccessible(page);
  isCut = false;
  await expect(uploads).toContainText('stored, checked', { timeout: 60_000 });
  await page.unroute(/\/part\//);
  await expect(manager.getByRole('button', { name: `${name}.bin` })).toBeVisible();

  await page.getByLabel('Files for work').setInputFiles({
    ...{ name: `${name}.bin`, mimeType: 'application/octet-stream', buffer: Buffer.from('another') },
  });
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('is there already');
  await dialog.getByRole('button', { name: 'New version' }).click();
  await expect(uploads).toContainText('2 of 2 stored');
  await list.getByRole('button', { name: `${name}.bin` }).click();
  const details = page.getByRole('complementary', { name: 'Details' });
  await expect(details).toContainText('version 1');
  await expect(details.getByRole('region', { name: 'Custody' })).toContainText('Mia Member');
  await details.getByRole('button', { name: 'Verify' }).click();
  await expect(details.getByRole('status')).toContainText('the bytes are those of the source');

  await page.keyboard.press('F2');
  await dialog.getByLabel('New name').fill(`${name}.dat`);
  await dialog.getByRole('button', { name: 'Rename', exact: true }).click();
  await expect(list.getByRole('button', { name: `${name}.dat` })).toBeVisible();
  await page.keyboard.press('m');
  await dialog.getByRole('button', { name: folder, exact: true }).click();
  await dialog.getByRole('button', { name: 'Move', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(list.getByRole('button', { name: `${name}.dat` })).toBeHidden();
  await list.getByRole('button', { name: folder }).click();
  await list.getByRole('button', { name: `${name}.dat` }).click();
  await details.getByRole('button', { name: 'Verify' }).click();
  await expect(details.getByRole('status')).toContainText('the bytes are those of the source');

  await page.keyboard.press('Delete');
  await dialog.getByLabel('Why may it go?').fill('only a trial');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Ask for deletion' }).click();
  await expect(dialog).toBeHidden();
  await manager.getByRole('button', { name: /^Deletions/ }).click();
  const requests = manager.getByRole('dialog', { name: 'Deletions' });
  const request = requests
    .getByRole('listitem')
    .filter({ hasText: `${name}.dat` })
    .first();
  await expect(request).toContainText('only a trial');
  await request.getByRole('button', { name: /^Grant/ }).click();
  await expect(request).toContainText('goes on');
  await expectAccessible(manager);
  await page.getByRole('button', { name: /^Deletions: .*to go/ }).click();
  await expect(dialog).toContainText('granted');
  await other.close();
});

/** Who is taken out of an experiment sees nothing of it any more, not even that it exists. */
test('people: inviting and removing is the owner’s, and takes effect at once, without a new sign-in', async ({
  page,
  browser,
}) => {
  test.setTimeout(180_000);
  const other = await browser.newContext();
  const outsider = await other.newPage();
  await signIn(outsider, 'outsider', `/experiments/${code}`);
  await expect(outsider.getByText('There is no such experiment')).toBeVisible();

  await signIn(page, 'scientist', `/experiments/${code}/people`);
  await page.getByLabel('Invite by e-mail or user name').fill('outsider@demo.beamdeck');
  await page.getByLabel('Role', { exact: true }).selectOption('viewer');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(page.getByText('outsider@demo.beamdeck', { exact: true })).toBeVisible();
  await expectAccessible(page);
  await outsider.getByRole('button', { name: `Join ${code}` }).click();
  await expect(page.getByRole('cell', { name: 'Otto Outsider', exact: true })).toBeVisible();
  await expect(outsider.getByRole('heading', { name: new RegExp(code) })).toBeVisible();

  await page.getByRole('button', { name: 'Remove Otto Outsider' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove Otto Outsider' }).click();
  await expect(page.getByRole('cell', { name: 'Otto Outsider', exact: true })).toBeHidden();
  await outsider.reload();
  await expect(outsider.getByText('There is no such experiment')).toBeVisible();
  await other.close();
});

test('datasets: rows say how they were measured, arrows and Enter open the viewer, the filter stands in the address', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await signIn(page, 'member', `/experiments/${code}`);
  const list = page.getByRole('list', { name: 'Datasets' });
  await expect(list.getByRole('listitem').first()).toContainText(/rotation .*°/, { timeout: 90_000 });
  await expect(list.getByRole('img', { name: /^Frame \d+, preview$/ }).first()).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel('Filter datasets').fill('no such sample');
  await expect(page.getByText('No dataset matches')).toBeVisible();
  await expect(page).toHaveURL(/q=no/);
  await page.getByLabel('Filter datasets').fill('');
  await expect(list.getByRole('listitem').first()).toBeVisible();
  await list.focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/frames\/1/);
});
