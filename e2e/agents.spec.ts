import { readFile } from 'node:fs/promises';
import { licenceFileSchema } from '#src/shared/contracts/agent-licence.ts';
import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';

const cockpit = `/instruments/${demo.instrument.slug}`;

/** From nothing to a licence in hand, and what can be done about it afterwards. */
test('staff make an agent, take its licence, revoke and restore it', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, 'staff', `${cockpit}/agents`);
  // Names are not given twice, and journeys may run twice in one facility.
  const name = `HUB ${Date.now()}`;
  const dialog = page.getByRole('dialog');

  await test.step('the licence file can be saved once', async () => {
    await page.getByRole('button', { name: 'New agent' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByLabel('Valid until').fill('2020-01-01');
    await expect(dialog.getByText('would have expired already')).toBeVisible();
    await dialog
      .getByLabel('Valid until')
      .fill(new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10));
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Make the agent' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: /^Save .*\.licence\.json$/ }).click(),
    ]);
    const file = licenceFileSchema.parse(JSON.parse(await readFile(await download.path(), 'utf8')));
    const payload = JSON.parse(Buffer.from(file.payload, 'base64url').toString('utf8'));
    expect(payload).toMatchObject({ name, kind: 'hub', instrument: { id: demo.instrument.id } });
    await expect(dialog.getByText(`beamdeck-hub enrol ${download.suggestedFilename()}`)).toBeVisible();
    await dialog.getByRole('button', { name: 'Done' }).click();
  });

  const card = page.getByRole('region', { name, exact: true });
  await expect(card.getByText('not used yet')).toBeVisible();

  await test.step('revoked with a reason, and restored', async () => {
    await card.getByRole('button', { name: 'Revoke' }).click();
    await dialog.getByLabel('Reason').fill('laptop was lost');
    await dialog.getByRole('button', { name: /^Revoke the licence/ }).click();
    await expect(card.getByText(/laptop was lost/)).toBeVisible();
    await expectAccessible(page);
    await card.getByRole('button', { name: 'Restore' }).click();
    await page
      .getByRole('alertdialog')
      .getByRole('button', { name: /^Restore/ })
      .click();
    await expect(card.getByText(/laptop was lost/)).toBeHidden();
  });

  await card.getByRole('button', { name: 'Remove' }).click();
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /^Remove/ })
    .click();
  await expect(card).toBeHidden();
});

test('a destination is tried on an example before it is set', async ({ page }) => {
  await signIn(page, 'staff', `${cockpit}/agents`);
  await page.getByRole('button', { name: 'Change the destination of replay' }).click();
  const dialog = page.getByRole('dialog');
  const template = dialog.getByLabel('Template below it');
  await template.fill('{date}/{sampel}/{prefix}');
  await expect(dialog.getByText(/There is no \{sampel\}/)).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Set from the next acquisition on' })).toBeDisabled();
  await template.fill('trial/{sample}/{prefix}');
  await dialog.getByLabel('Sample').fill('thau/../x');
  await expect(dialog.getByText('raw/trial/thau_.._x/lyso/run_1')).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
});

/** The HUB of the facility has to say that it acts so, each time. */
test('uploads are switched off and on, and the HUB confirms', async ({ page, browser }) => {
  test.setTimeout(120_000);
  await signIn(page, 'staff', cockpit);
  const api = await signedInApi('staff');
  const agents = await api.agents.list.query({ instrumentId: demo.instrument.id });
  const hub = agents.find(({ name }) => name === 'HUB')!;
  const other = await browser.newContext();
  const member = await other.newPage();
  await signIn(member, 'member', cockpit);
  const uploads = page.getByRole('button', { name: /^Uploads / });
  const isConfirmed = async (mode: string) => {
    await expect(uploads).toHaveAccessibleName(`Uploads ${mode}`);
    await expect(uploads).toHaveAttribute('aria-busy', 'false');
  };
  const choose = async (mode: RegExp) => {
    await uploads.click();
    await page.getByRole('menuitemradio', { name: mode }).click();
  };
  const dialog = page.getByRole('dialog');
  await isConfirmed('ON');
  try {
    await choose(/^OFF/);
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Switch off' }).click();
    await isConfirmed('OFF');
    await expect(page.getByRole('region', { name: 'Alarms' })).toContainText('switched off by staff');
    await expectAccessible(page);
    await expect(member.getByText('uploads OFF')).toBeVisible();
    await expect(member.getByRole('button', { name: /^Uploads/ })).toHaveCount(0);
    await choose(/^ON/);
    // Only when a series began meanwhile is there something to decide about.
    const decide = dialog.getByRole('button', { name: 'Switch on and send' });
    await expect(decide.or(page.getByRole('button', { name: 'Uploads ON' }))).toBeVisible();
    if (await decide.isVisible()) await decide.click();
    await isConfirmed('ON');
  } finally {
    await api.agents.setUploads.mutate({ agentId: hub.id, mode: 'on', held: 'send' });
  }
  await other.close();
});
