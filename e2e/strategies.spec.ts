import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';
import { finishedDatasets } from './lib/stored-dataset.ts';
import { measureSeries } from './lib/told-series.ts';

test.describe.configure({ timeout: 240_000 });
const { id: instrumentId, slug } = demo.instrument;
const name = `Journey ${Date.now()}`;
const trigger = 'Look at it';

/** Whatever becomes of the journey, the others have the default that was there. */
let usualId = '';
test.beforeAll(async () => {
  const api = await signedInApi('staff');
  const strategies = await api.triggers.strategies.query({ instrumentId });
  usualId = strategies.find(({ isDefault }) => isDefault)!.id;
});
test.afterAll(async () => {
  const api = await signedInApi('staff');
  await api.triggers.setDefault.mutate({ strategyId: usualId });
  const strategies = await api.triggers.strategies.query({ instrumentId });
  for (const { id } of strategies.filter((each) => each.name === name))
    await api.triggers.removeStrategy.mutate({ strategyId: id });
});

/** Staff say what starts by itself, a group has it otherwise, and the history tells both. */
test('a strategy: made, the default, fired; switched off in an experiment, and why it did not fire', async ({
  page,
  browser,
}) => {
  const scientist = await signedInApi('scientist');
  await signIn(page, 'staff', `/instruments/${slug}/strategies`);
  const dialog = page.getByRole('dialog');
  const card = page.getByRole('region', { name: `Strategy ${name}` });

  await test.step('staff make it, give it a trigger, and make it the default', async () => {
    await page.getByRole('button', { name: 'New strategy' }).click();
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByRole('button', { name: 'Make strategy' }).click();
    await expect(card).toContainText('No trigger yet');
    await card.getByRole('button', { name: `Add a trigger to ${name}` }).click();
    await dialog.getByLabel('Name').fill(trigger);
    await dialog.getByLabel('Template').selectOption({ label: 'Fast feedback' });
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Add trigger' }).click();
    await expect(card).toContainText('when a dataset is finished run Fast feedback');
    await card.getByRole('button', { name: 'Make default' }).click();
    await expect(card.getByText('default', { exact: true })).toBeVisible();
  });

  await test.step('a dataset fires it, and the history has the job', async () => {
    const { prefix } = await measureSeries('strategy/on');
    const line = page
      .getByRole('list', { name: 'What fired' })
      .getByRole('listitem')
      .filter({ hasText: prefix });
    await expect(line).toContainText(trigger, { timeout: 60_000 });
    await expect(line).toContainText('started');
    await expect(line.getByRole('link', { name: /^Fast feedback, / })).toBeVisible();
  });

  await test.step('a Manager switches it off in the experiment: the next one starts nothing, and the history says why', async () => {
    const theirs = await browser.newPage();
    await signIn(theirs, 'manager', `/experiments/${demo.experiment.code}/settings`);
    await theirs
      .getByLabel(`${trigger} in this experiment`, { exact: true })
      .selectOption({ label: 'off here' });
    await expect(theirs.getByLabel(`${trigger} in this experiment`, { exact: true })).toBeEnabled();
    await expect(theirs.getByLabel(`${trigger} in this experiment`, { exact: true })).toHaveValue('off');
    const { prefix } = await measureSeries('strategy/off');
    const line = theirs
      .getByRole('list', { name: 'What fired' })
      .getByRole('listitem')
      .filter({ hasText: prefix });
    await expect(line).toContainText('It is switched off for this experiment.', { timeout: 60_000 });
    await expectAccessible(theirs);
    const [dataset] = await finishedDatasets(scientist, prefix);
    const { items } = await scientist.jobs.list.query({ datasetId: dataset!.id, limit: 10 });
    expect(items).toEqual([]);
    await theirs.close();
  });
});
