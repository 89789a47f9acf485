import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { eventually, signedInApi } from './lib/facility-api.ts';
import { openBeamline, ToldSeries } from './lib/told-series.ts';

const cockpit = `/instruments/${demo.instrument.slug}`;
const { code } = demo.experiment;

test.describe.configure({ timeout: 240_000 });

/** Staff lead a beam time without leaving the cockpit; a screen on the wall and another group see counts alone. */
test('the cockpit: a trigger is switched, somebody is let in, and the wall names nothing', async ({
  page,
  browser,
}) => {
  const api = await signedInApi('staff');
  await signIn(page, 'staff', cockpit);
  const jobs = page.getByRole('region', { name: 'Jobs' });
  const feedback = jobs.getByRole('switch', { name: 'Trigger Fast feedback' });

  await test.step('a trigger that is switched off starts nothing more', async () => {
    await expect(feedback).toBeChecked();
    await feedback.click();
    try {
      await expect(feedback).not.toBeChecked();
      const { triggers } = await eventually('the trigger off', 10_000, async (note) => {
        const view = await api.cockpit.view.query({ slug: demo.instrument.slug });
        note(view.triggers);
        return view.triggers.some(({ enabled }) => !enabled) ? view : null;
      });
      expect(triggers).toMatchObject([{ name: 'Fast feedback', switchedByName: 'Sofia Staff' }]);
    } finally {
      await api.triggers.setEnabled.mutate({
        ...{ triggerId: (await api.triggers.list.query({ instrumentId: demo.instrument.id }))[0]!.id },
        enabled: true,
      });
    }
    await expect(feedback).toBeChecked();
  });

  await test.step('somebody is invited over the cockpit, and the invitation withdrawn', async () => {
    await page.getByRole('button', { name: /^People: / }).click();
    const people = page.getByRole('dialog', { name: `People of ${code}` });
    await people.getByLabel('Invite by e-mail or user name').fill('guest@cockpit.example.org');
    await people.getByRole('button', { name: 'Invite', exact: true }).click();
    await expect(people.getByText('guest@cockpit.example.org')).toBeVisible();
    await expectAccessible(page);
    await people
      .getByRole('button', { name: 'Withdraw the invitation to guest@cockpit.example.org' })
      .click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Withdraw' }).click();
    await expect(people.getByText('guest@cockpit.example.org')).toBeHidden();
    await people.getByRole('button', { name: 'Close' }).click();
    await expect(people).toBeHidden();
    await expect(page).toHaveURL(new RegExp(`${cockpit}$`));
  });

  const screen = await browser.newContext();
  await test.step('a screen without anybody signed in shows states and counts, until its link is revoked', async () => {
    await page.getByRole('button', { name: 'Wall display' }).click();
    const dialog = page.getByRole('dialog', { name: /^Wall display/ });
    await dialog.getByLabel('A link for another screen').fill('Control room');
    await dialog.getByRole('button', { name: 'Make link' }).click();
    const address = (await dialog.locator('code').textContent())!;
    expect(address).toMatch(/\/wall#key=/);

    const wall = await screen.newPage();
    await wall.goto(address);
    await expect(wall.getByRole('region', { name: 'State' })).toContainText('An experiment is active');
    await expect(wall.getByRole('region', { name: 'Agents' })).toContainText('HUB connected');
    await expectAccessible(wall);
    const text = ((await wall.locator('main').textContent()) ?? '').toLowerCase();
    for (const secret of [code, demo.experiment.title, 'lyso', 'Sam Scientist']) {
      expect(text).not.toContain(secret.toLowerCase());
    }

    await dialog.getByRole('button', { name: 'Revoke the link of Control room' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await expect(wall.getByRole('heading', { name: 'This display shows nothing' })).toBeVisible();
    await page.keyboard.press('Escape');
  });
  await screen.close();
});

/** A member of another experiment of the instrument is told how much there is, and of whom nothing. */
test('the cockpit of another group counts, and names nothing', async ({ page }) => {
  const api = await signedInApi('staff');
  const other = await api.experiments.create.mutate({
    ...{ instrumentId: demo.instrument.id, title: 'Of another group' },
    piEmail: 'outsider@demo.beamdeck',
  });
  try {
    await signIn(page, 'outsider', cockpit);
    const active = page.getByRole('region', { name: 'Active experiment' });
    await expect(active).toContainText('None of your experiments is active here');
    await expect(active).toContainText('An experiment of another group is being measured.');
    await expect(page.getByRole('region', { name: 'Experiments' })).toContainText(other.code);
    const series = new ToldSeries({ prefix: 'others/run', frames: 4, rateHz: 100, size: 64 });
    const beamline = await openBeamline();
    const [first, ...others] = series.images;
    await beamline.send(series.start());
    await beamline.send(first!);
    // The simulated beamline may measure as well.
    await expect(page.getByText(/^(1 other dataset is|\d other datasets are) arriving\./)).toBeVisible();
    for (const message of [...others, series.end()]) await beamline.send(message);
    beamline.close();
    await expectAccessible(page);
    const text = await page.locator('main').textContent();
    for (const secret of [code, demo.experiment.title, 'lyso_', series.prefix])
      expect(text).not.toContain(secret);
  } finally {
    await api.experiments.close.mutate({ experimentId: other.id });
  }
});
