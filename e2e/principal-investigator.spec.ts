import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';
import { finishedDatasets } from './lib/stored-dataset.ts';
import { measureSeries } from './lib/told-series.ts';

const experimentPage = (tab = '') => `/experiments/${demo.experiment.code}${tab}`;

test.describe.configure({ timeout: 180_000 });

/** How a principal investigator asks for a longer processing window: prolongation.spec.ts. */
test('the principal investigator describes the experiment, its samples, and who may see it', async ({
  page,
  browser,
}) => {
  await signIn(page, 'scientist', experimentPage('/settings'));
  await test.step('what it is', async () => {
    const keywords = page.getByLabel('Keywords');
    await expect(keywords).toBeEditable();
    const before = await keywords.inputValue();
    await keywords.fill(`${before}, phasing ${Date.now()}`);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Saved', { exact: true })).toBeVisible();
    await expectAccessible(page);
    await page.reload();
    await expect(keywords).toHaveValue(/phasing \d+$/);
  });

  const sample = `PI_${Date.now()}`;
  const row = (name: string) =>
    page
      .getByRole('list', { name: 'Samples' })
      .getByRole('listitem')
      .filter({ has: page.getByText(name, { exact: true }) });
  const dialog = page.getByRole('dialog');

  await test.step('a sample by hand: what is wrong is said as one types', async () => {
    await page.goto(experimentPage('/samples'));
    await page.getByRole('button', { name: 'New sample' }).click();
    const name = dialog.getByLabel('Name', { exact: true });
    await name.fill('lyso_1');
    await expect(name).toHaveAccessibleDescription('There is a sample “lyso_1” already.');
    await name.fill(sample);
    await dialog.getByLabel('Protein').fill('HEWL');
    await dialog.getByLabel('Container').fill('puck-7');
    await dialog.getByLabel('Position').fill('A9');
    await dialog.getByLabel('Safety').fill('toxic');
    await dialog.getByRole('button', { name: 'Add sample' }).click();
    await expect(dialog).toBeHidden();
    await page.getByLabel('Search samples').fill(sample);
    await expect(row(sample)).toContainText('puck-7 · A9');
    await expect(row(sample)).toContainText('toxic');
  });

  await test.step('a table with wrong lines writes nothing; mended, all of it', async () => {
    await page.getByRole('button', { name: 'Import CSV' }).click();
    const choose = (lines: readonly string[]) =>
      dialog.getByLabel('File').setInputFiles({
        ...{ name: 'samples.csv', mimeType: 'text/csv' },
        buffer: Buffer.from(['name;protein;position;parent', ...lines].join('\n')),
      });
    const right = [`${sample};HEWL;A10;`, `${sample}b;HEWL;2;${sample}`];
    await choose([right[0]!, ';HEWL;2;', `${sample}c;HEWL;3;nobody`]);
    await expect(dialog.getByRole('alert')).toContainText('2 faults: nothing was written');
    await expect(dialog.getByRole('table').getByRole('row')).toHaveText([
      /What is wrong/,
      /^3name.*A sample needs a name\./,
      /^4parent.*There is no sample “nobody” in this experiment\./,
    ]);
    await expect(dialog.getByRole('button', { name: 'Import', exact: true })).toBeDisabled();
    await expectAccessible(page);
    await choose(right);
    await expect(dialog.getByRole('status')).toContainText('1 new, 1 changed');
    await dialog.getByRole('button', { name: 'Import 2 samples' }).click();
    await expect(row(`${sample}b`)).toContainText(`from ${sample}`);
    await expect(row(sample)).toContainText('puck-7 · A10');
  });

  await test.step('whoever is made a Manager may do more from the next press on, without a new sign-in', async () => {
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
});

test('the principal investigator corrects what was measured, and the others see it', async ({
  page,
  browser,
}) => {
  const { prefix } = await measureSeries('pi/run');
  const [dataset] = await finishedDatasets(await signedInApi('scientist'), prefix);
  const found = experimentPage(`?q=${encodeURIComponent(prefix)}`);
  const elsewhere = await browser.newContext();
  const member = await elsewhere.newPage();
  await signIn(member, 'member', found);
  await signIn(page, 'scientist', found);
  const dialog = page.getByRole('dialog');
  const correct = page.getByRole('button', { name: `Correct ${dataset!.base}` });
  const energy = dialog.getByLabel('Energy (eV)');
  const rowOf = (of: typeof page) => of.getByRole('list', { name: 'Datasets' }).getByRole('listitem');

  await test.step('what is wrong is said as one types', async () => {
    await correct.click();
    await energy.fill('12,4');
    await expect(energy).toHaveAccessibleDescription('Write a number with a point, as 12398.4.');
    await energy.fill('13000');
    await dialog.getByLabel('Mark').selectOption({ label: 'Bad' });
    await dialog.getByLabel('Sample').fill('lyso_4');
    await dialog.getByLabel('Comment').fill('the loop was empty');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toBeHidden();
  });

  await test.step('seen in the list by everybody, at once', async () => {
    for (const each of [page, member]) {
      await expect(rowOf(each)).toContainText('lyso_4');
      await expect(rowOf(each)).toContainText('the loop was empty');
      await expect(rowOf(each).getByTitle('Bad')).toBeVisible();
    }
    await page.getByLabel('Mark', { exact: true }).selectOption({ label: 'Good' });
    await expect(page.getByText('No dataset matches')).toBeVisible();
    await page.getByLabel('Mark', { exact: true }).selectOption({ label: 'Bad' });
    await expect(rowOf(page)).toHaveCount(1);
  });

  await test.step('what the detector said stays beside it', async () => {
    await correct.click();
    await expect(energy).toHaveValue('13000');
    await expect(energy).toHaveAccessibleDescription(
      new RegExp(`^(corrected|entered).* by ${account('scientist').name}`),
    );
    await dialog.getByLabel('Mark').selectOption({ label: 'Good' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('No dataset matches')).toBeVisible();
    await expect(rowOf(member).getByTitle('Good')).toBeVisible();
  });
  await elsewhere.close();
});
