import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { HC_EV_ANGSTROM } from '#src/shared/model/as-measured.ts';
import { account, demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { expectFrameDrawn } from './lib/drawn-frame.ts';
import { signedInApi } from './lib/facility-api.ts';
import { handOn } from './lib/press-everything.ts';
import { finishedDatasets, finishedJobs } from './lib/stored-dataset.ts';
import { measureSeries } from './lib/told-series.ts';

const { code } = demo.experiment;
const experimentPage = (tab = '') => `/experiments/${code}${tab}`;
const cockpit = `/instruments/${demo.instrument.slug}`;

/** Allowed to whoever is in, and would end the journey or leave something behind. */
const SPARED = /^(Leave |Create project$)/;

test.describe.configure({ timeout: 600_000 });

async function measured() {
  const viewer = await signedInApi('viewer');
  const { prefix } = await measureSeries('viewer/run');
  const [dataset] = await finishedDatasets(viewer, prefix);
  const [job] = await finishedJobs(viewer, dataset!.id);
  return { prefix, datasetId: dataset!.id, jobId: job!.id };
}

test('a viewer sees and takes home, and is offered nothing else', async ({ page }) => {
  const { prefix, datasetId, jobId } = await measured();
  await signIn(page, 'viewer', experimentPage(`?q=${encodeURIComponent(prefix)}`));

  await test.step('a dataset is opened, frame by frame', async () => {
    await page.getByRole('list', { name: 'Datasets' }).getByRole('link').first().click();
    await expectFrameDrawn(page);
    await expect(page.getByRole('button', { name: 'Correct' })).toHaveCount(0);
  });

  await test.step('a file is taken home, and is the one that was measured', async () => {
    const folder = `raw/${prefix.replace(/\/[^/]*$/, '')}`;
    await page.goto(experimentPage(`/files?path=${encodeURIComponent(folder)}&sel=d:${datasetId}`));
    const details = page.getByRole('complementary', { name: 'Details' });
    const files = details.getByRole('list', { name: 'Files of the dataset' }).getByRole('listitem');
    await expect(files).toHaveCount(2);
    await expectAccessible(page);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      files
        .filter({ hasText: '_master.h5' })
        .getByRole('button', { name: /^Download / })
        .click(),
    ]);
    const told = await (await signedInApi('viewer')).datasets.files.query({ datasetId });
    const master = told.find(({ name }) => name.endsWith('_master.h5'))!;
    expect(download.suggestedFilename()).toBe(master.name);
    const bytes = await readFile(await download.path());
    const { sha256 } = await (await signedInApi('viewer')).files.get.query({ fileId: master.id });
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
  });

  await test.step('the master is looked into where it lies: a number of it, and a frame through its links', async () => {
    await page.goto(experimentPage(`/datasets/${datasetId}/frames/1`));
    await page.getByRole('link', { name: 'Master file' }).click();
    // The default plot: a virtual dataset over the data files, packed by bitshuffle, whose plugin comes when it is needed.
    const picture = page.getByRole('img', { name: 'Picture of /entry/data/data' });
    // The HDF5 library (7 MB) is fetched and compiled first.
    await expect(picture).toBeVisible({ timeout: 60_000 });
    await picture.hover({ position: { x: 20, y: 20 } });
    await expect(page.getByText(/^\[\d+, \d+\] = \d+$/)).toBeVisible();
    await expectAccessible(page);
    const tree = page.getByRole('list', { name: 'Nodes of the file' });
    for (const group of ['entry', 'instrument', 'beam']) {
      await tree.getByRole('button', { name: `Open ${group}`, exact: true }).click();
    }
    await tree.getByRole('button', { name: 'incident_wavelength' }).click();
    const { geometry } = await (await signedInApi('viewer')).datasets.get.query({ datasetId });
    const value = page.getByRole('article').locator('output');
    await expect(value).toBeVisible();
    expect(Number(await value.textContent())).toBeCloseTo(HC_EV_ANGSTROM / geometry.energyEv!, 5);
  });

  await test.step('nothing that can be pressed ends in a refusal', async () => {
    const pages = [
      ...['', '/samples', '/files', '/jobs', '/people', '/settings'].map(experimentPage),
      ...[experimentPage(`/datasets/${datasetId}/frames/1`), `/jobs/${jobId}`, cockpit],
    ];
    const pressEverything = handOn(page, SPARED);
    const refusals: string[] = [];
    for (const address of pages) {
      const { pressed, refused } = await pressEverything(address);
      refusals.push(...refused.map((refusal) => `${address}: ${refusal}`));
      if (address.includes('/frames/')) expect(pressed).toContain('Verify');
    }
    expect(refusals).toEqual([]);
  });

  await test.step('what is read is not a form to be filled', async () => {
    await page.goto(experimentPage('/settings'));
    await expect(page.getByLabel('Keywords')).not.toBeEditable();
    await page.goto(experimentPage('/people'));
    await expect(page.getByRole('row').filter({ hasText: account('scientist').email })).toBeVisible();
    await expect(page.getByLabel('Invite by e-mail or user name')).toHaveCount(0);
  });

  await test.step('pages of staff and admins are not there', async () => {
    for (const hidden of [`${cockpit}/agents`, '/admin/people', '/admin/audit']) {
      await page.goto(hidden);
      await expect(page.getByText('nothing here', { exact: false }).first()).toBeVisible();
    }
  });
});

/** Shows the page to a Member; the server knows better. */
async function claimToBeMember(page: Page): Promise<void> {
  await page.route(/\/api\/trpc\/[^?]*experiments\.byCode/, async (route) => {
    const answer = await route.fetch();
    const body = (await answer.text()).replaceAll('"roles":["viewer"]', '"roles":["member"]');
    await route.fulfill({ response: answer, body });
  });
}

/** The journey above finds what is offered wrongly: a page that takes the viewer for a Member has such buttons. */
test('whatever a page offers, the server refuses a viewer', async ({ page }) => {
  await claimToBeMember(page);
  await signIn(page, 'viewer');
  const { pressed, refused } = await handOn(page, SPARED)(experimentPage('/samples'));
  expect(pressed).toContain('New sample');
  expect(refused).toEqual(
    expect.arrayContaining([expect.stringMatching(/^40[34] .*experiments\.editSample$/)]),
  );
  await expect(page.getByText(/^x$/)).toHaveCount(0);
});
