import type { Page } from '@playwright/test';
import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';

/** What staff of an instrument do with experiments: make them, lead them through their life, find them again, bring them in from a table. */

const cockpit = `/instruments/${demo.instrument.slug}`;
const PI = account('scientist').email;

test.describe.configure({ timeout: 150_000 });

const listed = (page: Page) => page.getByRole('list', { name: 'Experiments' }).getByRole('listitem');

/** The rows that are there, and no others, in this order. */
const expectListed = (page: Page, titles: readonly string[]) =>
  expect(listed(page)).toHaveText(titles.map((title) => new RegExp(title)));

test('staff make an experiment by its form, activate it, finish it and open it again', async ({ page }) => {
  const api = await signedInApi('staff');
  const title = `Thermolysin ${Date.now()}`;
  await signIn(page, 'staff', '/experiments');

  const code = await test.step('what is wrong is said as one types, and stays to be mended', async () => {
    await page.getByRole('button', { name: 'New experiment' }).click();
    const dialog = page.getByRole('dialog', { name: 'New experiment' });
    const field = (label: string) => dialog.getByLabel(label, { exact: true });
    await field('Title').fill('x');
    await field('Title').fill('');
    await expect(field('Title')).toHaveAccessibleDescription('Give the experiment a title.');
    await field('Title').fill(title);
    await expect(field('Title')).not.toHaveAttribute('aria-invalid');
    await field('Planned start').fill('2031-03-02T09:00');
    await field('Planned end').fill('2031-03-01T09:00');
    await expect(field('Planned end')).toHaveAccessibleDescription(
      'The planned end must be after the planned start.',
    );
    await expectAccessible(page);
    await field('Principal investigator').fill('nobody@institute.example');
    await dialog.getByRole('button', { name: 'Create experiment' }).click();
    await expect(field('Planned end')).toHaveAttribute('aria-invalid', 'true');
    await field('Planned end').fill('2031-03-03T09:00');
    await dialog.getByRole('button', { name: 'Create experiment' }).click();
    await expect(field('Principal investigator')).toHaveAccessibleDescription(
      /nobody@institute\.example has no account yet/,
    );
    await expect(field('Title')).toHaveValue(title);
    await field('Principal investigator').fill(PI);
    await dialog.getByRole('button', { name: 'Create experiment' }).click();
    await page.waitForURL(/\/experiments\/DEM\d\d-/);
    await expect(page.getByRole('heading', { level: 1 })).toContainText(title);
    await expect(page.getByText('Preparation', { exact: true })).toBeVisible();
    return page.url().split('/').at(-1)!;
  });

  try {
    await page.goto(cockpit);
    const active = page.getByRole('region', { name: 'Active experiment' });
    await test.step('activated in the cockpit', async () => {
      await active.getByRole('button', { name: 'Switch' }).click();
      const dialog = page.getByRole('dialog', { name: /^Switch / });
      await dialog.getByLabel('Search experiments').fill(title);
      await dialog.getByRole('radio', { name: new RegExp(title) }).check();
      await dialog.getByRole('button', { name: `Activate ${code}` }).click();
      await expect(active).toContainText(code);
    });

    await test.step('finishing asks first, names the experiment, and can be left', async () => {
      const question = page.getByRole('alertdialog', { name: `Finish ${code}?` });
      await active.getByRole('button', { name: 'Finish' }).click();
      await question.getByRole('button', { name: 'Cancel' }).click();
      await expect(active).toContainText(code);
      await active.getByRole('button', { name: 'Finish' }).click();
      await question.getByRole('button', { name: `Finish ${code}` }).click();
      await expect(active).toContainText('No experiment is active');
      await expect(active.getByRole('link', { name: code })).toBeVisible();
    });
  } finally {
    // The journeys after this one find the facility as they expect it.
    await api.experiments.activate.mutate({ experimentId: demo.experiment.id });
  }

  await test.step('opened again it is Running, and not the active one', async () => {
    await page.goto(`/experiments/${code}/settings`);
    await expect(page.getByText('Jobs until', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Reopen' }).click();
    await page
      .getByRole('alertdialog')
      .getByRole('button', { name: `Reopen ${code}` })
      .click();
    await expect(page.getByRole('button', { name: 'Finish' })).toBeVisible();
    await expect(page.getByText('Jobs until', { exact: true })).toBeHidden();
    await expect(page.getByText('active now')).toBeHidden();
    await expect(page.getByText('Running', { exact: true }).first()).toBeVisible();
  });
});

/** A second instrument of the same staff, so that there is one to choose; `leave` takes them off it again. */
async function secondInstrument() {
  const admin = await signedInApi('admin');
  const [facility] = await admin.facilities.mine.query();
  const { facilityId } = facility!;
  const slug = `mx-2-${Date.now()}`;
  const { instrumentId } = await admin.facilities.createInstrument.mutate({
    ...{ facilityId, slug, name: `MX-2 of ${slug}`, description: '', promiseMs: 3000 },
  });
  const { email } = account('staff');
  await admin.facilities.addStaff.mutate({ facilityId, instrumentId, email });
  const { items } = await admin.facilities.people.query({ facilityId, search: email });
  return {
    id: instrumentId,
    name: `MX-2 of ${slug}`,
    leave: () => admin.facilities.removeStaff.mutate({ facilityId, instrumentId, personId: items[0]!.id }),
  };
}

test('the list is filtered, kept as a view, and its link shows another person the same', async ({
  page,
  browser,
}) => {
  const api = await signedInApi('staff');
  const other = await secondInstrument();
  const word = `beta${Date.now()}`;
  const make = async (title: string, instrumentId: string, day: string) => {
    const made = await api.experiments.create.mutate({
      ...{ instrumentId, title: `${title} ${word}`, piEmail: PI },
      ...{ plannedStart: new Date(`${day}T08:00:00Z`), plannedEnd: new Date(`${day}T20:00:00Z`) },
    });
    return made.id;
  };
  try {
    const closed = await make('Amylase', demo.instrument.id, '2031-05-10');
    await make('Barnase', demo.instrument.id, '2031-06-10');
    await make('Catalase', other.id, '2031-05-10');
    await make('Dehydrogenase', other.id, '2031-06-10');
    await api.experiments.close.mutate({ experimentId: closed });

    await signIn(page, 'staff', '/experiments?sort=title');
    await page.getByLabel('Search experiments').fill(word);
    await expectListed(page, ['Amylase', 'Barnase', 'Catalase', 'Dehydrogenase']);
    await page.getByLabel('State', { exact: true }).selectOption({ label: 'Closed' });
    await expectListed(page, ['Amylase']);
    await page.getByLabel('State', { exact: true }).selectOption({ label: 'Preparation' });
    await expectListed(page, ['Barnase', 'Catalase', 'Dehydrogenase']);
    await page.getByLabel('Instrument', { exact: true }).selectOption({ label: other.name });
    await expectListed(page, ['Catalase', 'Dehydrogenase']);
    await page.getByLabel('From', { exact: true }).fill('2031-05-10');
    await page.getByLabel('To', { exact: true }).fill('2031-05-10');
    await expectListed(page, ['Catalase']);
    await page.getByLabel('Instrument', { exact: true }).selectOption({ label: 'All instruments' });
    await page.getByLabel('To', { exact: true }).fill('2031-06-10');
    await expectListed(page, ['Barnase', 'Catalase', 'Dehydrogenase']);
    await expectAccessible(page);

    const views = page.getByRole('navigation', { name: 'Saved views' });
    await test.step('kept by a name, it is one press away', async () => {
      await page.getByRole('button', { name: 'Keep this view' }).click();
      const dialog = page.getByRole('dialog', { name: 'Keep this view' });
      await dialog.getByLabel('Name').fill(`Summer ${word}`);
      await dialog.getByRole('button', { name: 'Keep', exact: true }).click();
      const view = views.getByRole('link', { name: `Summer ${word}` });
      await expect(view).toHaveAttribute('aria-current', 'page');
      await page.getByRole('button', { name: 'Clear', exact: true }).click();
      await expect(page.getByLabel('Search experiments')).toHaveValue('');
      await view.click();
      await expectListed(page, ['Barnase', 'Catalase', 'Dehydrogenase']);
      await expect(page.getByLabel('State', { exact: true })).toHaveValue('preparation');
    });

    await test.step('the link shows the same to somebody else, whose views are their own', async () => {
      const elsewhere = await browser.newContext();
      const colleague = await elsewhere.newPage();
      await signIn(colleague, 'scientist', page.url());
      await expectListed(colleague, ['Barnase', 'Catalase', 'Dehydrogenase']);
      await expect(colleague.getByLabel('Search experiments')).toHaveValue(word);
      await expect(colleague.getByRole('button', { name: 'Keep this view' })).toBeVisible();
      await expect(colleague.getByText(`Summer ${word}`)).toBeHidden();
      await elsewhere.close();
    });
    await views.getByRole('button', { name: `Remove the view Summer ${word}` }).click();
    await expect(views.getByRole('link', { name: `Summer ${word}` })).toBeHidden();
  } finally {
    await other.leave();
  }
});

test('a table with wrong lines writes nothing and says each fault; mended, it is written once', async ({
  page,
}) => {
  const word = `table${Date.now()}`;
  await signIn(page, 'staff', `/experiments?q=${word}&sort=title`);
  await expect(page.getByText('Nothing matches')).toBeVisible();
  await page.getByRole('button', { name: 'Import CSV' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import experiments from CSV' });
  const choose = (lines: readonly string[]) =>
    dialog.getByLabel('File').setInputFiles({
      ...{ name: 'beam-times.csv', mimeType: 'text/csv' },
      buffer: Buffer.from(['title,pi,start,end,visit', ...lines].join('\n')),
    });
  const right = [
    `Insulin ${word},${PI},2031-07-01 09:00,2031-07-02 09:00,${word}-1`,
    `Jacalin ${word},${PI},,,${word}-2`,
  ];

  await choose([
    right[0]!,
    `,${PI},,,`,
    `Kinase ${word},nobody@institute.example,,,`,
    `Lectin ${word},${PI},01.07.2031,,`,
    `Myosin ${word},${PI},2031-07-02 09:00,2031-07-01 09:00,`,
  ]);
  await expect(dialog.getByRole('alert')).toContainText('4 faults: nothing was written');
  await expect(dialog.getByRole('table').getByRole('row')).toHaveText([
    /What is wrong/,
    /^3title.*Give the experiment a title\./,
    /^4pi.*nobody@institute\.example has no account yet/,
    /^5start.*Write date and time as/,
    /^6end.*The planned end must be after the planned start\./,
  ]);
  await expect(dialog.getByRole('button', { name: 'Import', exact: true })).toBeDisabled();
  await expectAccessible(page);
  await page.reload();
  await expect(page.getByText('Nothing matches')).toBeVisible();

  await page.getByRole('button', { name: 'Import CSV' }).click();
  await choose(right);
  await expect(dialog.getByRole('status')).toContainText('Every line is right: 2 new.');
  await dialog.getByRole('button', { name: 'Import 2 experiments' }).click();
  await expectListed(page, ['Insulin', 'Jacalin']);

  await test.step('again, the same lines are the same experiments', async () => {
    await page.getByRole('button', { name: 'Import CSV' }).click();
    await choose(right);
    await expect(dialog.getByRole('status')).toContainText('2 as they are');
    await expect(dialog.getByRole('button', { name: 'Import', exact: true })).toBeDisabled();
  });
});
