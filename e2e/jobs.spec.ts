import { GROWING_CONTENT } from '#src/testing/growing-template.ts';
import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { eventually, signedInApi } from './lib/facility-api.ts';

test.describe.configure({ timeout: 240_000 });
const { id: experimentId } = demo.experiment;
/** Until a queued job has had its turn, behind those of the other journeys. */
const TURN_MS = 180_000;

/** A journey that fails must not leave a job that takes its place from those of the others. */
test.afterEach(async () => {
  const api = await signedInApi('scientist');
  const { items } = await api.jobs.list.query({
    ...{ experimentId, states: ['queued', 'submitted', 'running'], limit: 50 },
  });
  for (const { id, templateName } of items) {
    if (templateName === GROWING_CONTENT.name) await api.jobs.cancel.mutate({ jobId: id });
  }
});

/** A scientist watches results grow, tries again otherwise, and puts both side by side. */
test('a job: results while it runs, its log, run again, compared', async ({ page }) => {
  test.setTimeout(480_000);
  const api = await signedInApi('scientist');
  const { slug } = await api.templates.create.mutate({ content: GROWING_CONTENT });
  const of = { experimentId, templateSlug: slug };
  const { jobId: first } = await api.jobs.runTemplate.mutate({
    ...of,
    parameters: { rounds: 500, pause: 0.5 },
  });
  await signIn(page, 'scientist', `/jobs/${first}`);
  await expect(page.getByRole('heading', { name: 'Growing results' })).toBeVisible();

  await test.step('what it has so far is there while it runs, and says that it is provisional', async () => {
    await expect(page.getByText('Provisional', { exact: true })).toBeVisible({ timeout: TURN_MS });
    await expect(page.getByRole('img', { name: 'Map of the rounds' })).toBeVisible();
    await expect(page.locator('.js-plotly-plot .trace').first()).toBeAttached();
    const report = page.getByRole('region', { name: 'Report of the rounds' });
    await expect(report.getByText('provisional')).toBeVisible();
    await expectAccessible(page);
  });

  await test.step('a report runs its own script, and holds nobody’s session', async () => {
    await page.getByRole('button', { name: 'Show the report' }).click();
    const inside = page.frameLocator('iframe[title="Report of the rounds"]');
    await expect(inside.getByRole('heading')).toHaveText('Drawn by its own script');
    await expect(inside.getByText('origin null, cookies refused')).toBeVisible();
    const link = page.getByRole('link', { name: 'In a tab of its own' });
    const answer = await page.request.get(`${demo.web}${await link.getAttribute('href')}`);
    expect(answer.headers()['content-security-policy']).toMatch(/^sandbox allow-scripts; default-src 'none'/);
    await page.getByRole('button', { name: 'Close the report' }).click();
  });

  const log = page.getByRole('log', { name: 'Log of the job' });
  await test.step('the log follows, stands still for who reads, and is searched whole', async () => {
    await page.getByRole('tab', { name: 'Log' }).click();
    await expect(log.getByText(/round \d+/).last()).toBeVisible();
    const atEnd = () => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 24);
    const height = () => log.evaluate((box) => box.scrollHeight);
    const before = await height();
    await expect.poll(height).toBeGreaterThan(before);
    await expect.poll(atEnd).toBe(true);
    await log.evaluate((box) => box.scrollTo(0, box.scrollHeight / 2));
    const follow = page.getByRole('button', { name: 'Follow' });
    await expect(follow).toBeVisible();
    const place = await log.evaluate((box) => box.scrollTop);
    const lines = page.getByText(/^[\d,]+ lines, /);
    const told = await lines.textContent();
    await expect(lines).not.toHaveText(told!);
    expect(await log.evaluate((box) => box.scrollTop)).toBe(place);
    await page.getByRole('searchbox', { name: 'Search in the log' }).fill('NEEDLE');
    await expect(page.getByRole('status', { name: 'Found in the log' })).toHaveText('1 of 1 line');
    await expect(log.getByText('needle', { exact: true })).toBeVisible();
    await expect(page).toHaveURL(/find=NEEDLE/);
    await expectAccessible(page);
    await page.getByRole('searchbox', { name: 'Search in the log' }).fill('');
    await follow.click();
    await expect.poll(atEnd).toBe(true);
    const download = await page.request.get(`${demo.web}/api/jobs/${first}/log`);
    const begin = '\u001b[1;32mround 1\u001b[0m of 500\n  line 1 of round 1\n';
    expect((await download.text()).slice(0, begin.length)).toBe(begin);
  });

  let second = '';
  await test.step('it is run again with what it was given, of which one thing is changed', async () => {
    await page.getByRole('button', { name: 'Run again', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByLabel('Template')).toHaveValue(slug);
    await expect(dialog.getByLabel('Rounds')).toHaveValue('500');
    await expect(dialog.getByText('Nothing is changed against the job it repeats.')).toBeVisible();
    await dialog.getByLabel('Rounds').fill('2');
    await expect(dialog.getByRole('list', { name: 'Changed against the job it repeats' })).toHaveText(
      'Rounds 500 → 2',
    );
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Run again' }).click();
    await expect(dialog).toBeHidden();
    second = await eventually('the second job', 10_000, async () => {
      const { items } = await api.jobs.list.query({ ...of, limit: 10 });
      return items.find(({ parentId }) => parentId === first)?.id ?? null;
    });
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel the job' }).click();
    await expect(page.getByText('Cancelled', { exact: true }).first()).toBeVisible();
    await page.goto(`/jobs/${second}`);
    await expect(page.getByText('Rounds 500 → 2')).toBeVisible();
    await expect(page.getByText('Succeeded', { exact: true })).toBeVisible({ timeout: TURN_MS });
    await expect(page.getByText('Provisional', { exact: true })).toBeHidden();
    await expect(page.getByRole('img', { name: 'Map of the rounds' })).toBeVisible();
  });

  await test.step('both are chosen in the list and compared', async () => {
    await page.goto(`/jobs?template=${slug}`);
    const list = page.getByRole('list', { name: 'Jobs' });
    await expect(list.getByRole('listitem')).toHaveCount(2);
    for (const box of await list.getByRole('checkbox').all()) await box.check();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Compare' }).click();
    await expect(page.getByRole('heading', { name: 'Comparison of jobs' })).toBeVisible();
    const row = (name: RegExp) => page.getByRole('row', { name });
    await expect(row(/^Rounds \d/)).toContainText('500');
    await expect(row(/^Left /).getByText('best')).toHaveCount(1);
    await expect(page.getByRole('figure', { name: 'Left after each round of all runs' })).toBeVisible();
    await page.getByLabel('Only what differs').check();
    await expect(row(/^Pause /)).toBeHidden();
    await expect(page).toHaveURL(/different=true/);
    await expectAccessible(page);
  });
});

test('the list is narrowed at the server, and a link reproduces it', async ({ page }) => {
  await signIn(page, 'scientist', '/jobs');
  const list = page.getByRole('list', { name: 'Jobs' });
  await expect(list.getByRole('listitem').first()).toBeVisible({ timeout: TURN_MS });
  await page.getByLabel('Template').selectOption({ label: 'Fast feedback' });
  await expect(page).toHaveURL(/template=fast-feedback/);
  await expect(list.getByText('Fast feedback').first()).toBeVisible();
  await page.getByLabel('Trigger', { exact: true }).selectOption({ index: 1 });
  await expect(page).toHaveURL(/trigger=/);
  await page.reload();
  await expect(page.getByLabel('Template')).toHaveValue('fast-feedback');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect(page).not.toHaveURL(/template=|trigger=/);
});
