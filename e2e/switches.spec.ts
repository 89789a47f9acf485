import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import type { MessageSender } from '#hub/simulator/message-sender.ts';
import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';
import { eventually, type FacilityApi, signedInApi } from './lib/facility-api.ts';
import { changeHubConfig } from './lib/killed-process.ts';
import { finishedDatasets, readBack } from './lib/stored-dataset.ts';
import { openBeamline, ToldSeries } from './lib/told-series.ts';

/** What staff decide about data that wait: series held by a switch, and a file that could not be sent. */

const cockpit = `/instruments/${demo.instrument.slug}`;
const FRAMES = 6;

test.describe.configure({ timeout: 180_000 });

let api: FacilityApi;
let hubId: string;

test.beforeAll(async () => {
  api = await signedInApi('staff');
  const agents = await api.agents.list.query({ instrumentId: demo.instrument.id });
  hubId = agents.find(({ name }) => name === 'HUB')!.id;
});

const told = (prefix: string) =>
  new ToldSeries({ prefix: `switches/${prefix}`, frames: FRAMES, rateHz: 100, size: 64 });

async function send(sender: MessageSender, messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) await sender.send(message);
}

async function expectWhole(series: ToldSeries): Promise<void> {
  const [dataset] = await finishedDatasets(api, series.prefix);
  expect(dataset).toMatchObject({ state: 'complete', framesStored: FRAMES });
  const stored = await readBack(await api.datasets.frameIndex.query({ datasetId: dataset!.id }));
  expect([...stored.values()]).toEqual(series.fingerprints);
}

/** The HUB's own word about the connection of `openBeamline`. */
const replay = async () => {
  const { agents } = await api.cockpit.view.query({ slug: demo.instrument.slug });
  return agents.find(({ id }) => id === hubId)!.detectors.find(({ name }) => name === 'replay')!;
};

const uploads = (page: Page) => page.getByRole('button', { name: /^Uploads / });

async function choose(page: Page, mode: RegExp): Promise<void> {
  await uploads(page).click();
  await page.getByRole('menuitemradio', { name: mode }).click();
}

async function expectConfirmed(page: Page, mode: string): Promise<void> {
  await expect(uploads(page)).toHaveAccessibleName(`Uploads ${mode}`);
  await expect(uploads(page)).toHaveAttribute('aria-busy', 'false');
}

/** Switched off in the cockpit in the midst of a series, which then ends; returns when the cockpit says what is held. */
async function switchOffDuring(page: Page, sender: MessageSender, series: ToldSeries): Promise<void> {
  await expectConfirmed(page, 'ON');
  await send(sender, [series.start(), ...series.images.slice(0, 2)]);
  await choose(page, /^OFF/);
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
  await expectConfirmed(page, 'OFF');
  const before = await replay();
  await send(sender, [...series.images.slice(2), series.end()]);
  await eventually('the end of the series at the HUB', 30_000, async (note) => {
    const now = await replay();
    note(now);
    return (now.frames > before.frames && now.series === null) || null;
  });
  await expect(page.getByRole('list', { name: 'Held data' })).toContainText('uploads are off');
}

for (const decision of ['From now on', 'Send also what is held'] as const) {
  const isLeft = decision === 'From now on';
  test(`a HUB switched off during a series and on again: ${decision}`, async ({ page }) => {
    const held = told(isLeft ? 'left' : 'sent');
    const next = told('next');
    const sender = await openBeamline();
    await signIn(page, 'staff', cockpit);
    try {
      await switchOffDuring(page, sender, held);
      await choose(page, /^ON/);
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('radio', { name: decision }).check();
      await expectAccessible(page);
      await dialog
        .getByRole('button', { name: isLeft ? 'Switch on from now' : 'Switch on and send' })
        .click();
      await expectConfirmed(page, 'ON');
      await expect(page.getByRole('list', { name: 'Held data' })).toHaveCount(0);

      await test.step('what was measured afterwards arrives', async () => {
        await send(sender, [next.start(), ...next.images, next.end()]);
        await expectWhole(next);
      });
      if (isLeft) await expectGivenUp(page, held);
      else await expectWhole(held);
    } finally {
      sender.close();
      await api.agents.setUploads.mutate({ agentId: hubId, mode: 'on', held: 'send' });
    }
  });
}

/** The cockpit names the series; of its frames none counts as stored, and all are named when it is a dataset. */
async function expectGivenUp(page: Page, series: ToldSeries): Promise<void> {
  const reports = page.getByRole('region', { name: 'Reports of agents' });
  const all = reports.getByRole('button', { name: /^All \d+/ });
  const row = reports
    .getByRole('listitem')
    .filter({ hasText: 'held-given-up' })
    .filter({ hasText: series.prefix });
  await eventually('the report', 60_000, async () => {
    const view = await api.cockpit.view.query({ slug: demo.instrument.slug });
    const ofSeries = ({ code, message }: { code: string; message: string }) =>
      code === 'held-given-up' && message.includes(series.prefix);
    return view.reports.some(ofSeries) || null;
  });
  await expect(row.or(all).first()).toBeVisible();
  if (await all.isVisible()) await all.click();
  await expect(row).toHaveCount(1);
  const { items } = await api.datasets.list.query({
    experimentId: demo.experiment.id,
    search: series.prefix,
    limit: 10,
  });
  for (const { id } of items) {
    await expect
      .poll(async () => {
        const { state, framesStored, lost } = await api.datasets.get.query({ datasetId: id });
        return { state, framesStored, lost };
      })
      .toEqual({ state: 'incomplete', framesStored: 0, lost: [[0, FRAMES - 1]] });
  }
}

test('a file that could not be sent is put right, and tried again from the cockpit', async ({ page }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'beamdeck-landing-'));
  const landing = path.join(folder, 'landing');
  const name = `crystal_${Date.now()}.txt`;
  mkdirSync(landing);
  symlinkSync(path.join(folder, 'elsewhere.txt'), path.join(landing, name));
  // Looked through once and then not for long: only the button makes the HUB look again.
  const restore = await changeHubConfig(
    (text) => `${text}\n[landing]\npath = "${landing}"\nwatch = "polling"\nscan_s = 86400\nsettle_s = 0.1\n`,
  );
  try {
    await signIn(page, 'staff', cockpit);
    const stuck = page.getByRole('region', { name: 'Files of HUB that cannot be sent' });
    await expect(stuck).toContainText(name, { timeout: 60_000 });
    await expect(stuck).toContainText('link that leads out of the folder');
    await expectAccessible(page);

    unlinkSync(path.join(landing, name));
    writeFileSync(path.join(landing, name), 'a drop of 2 µl');
    await stuck.getByRole('button', { name: `Try ${name} again` }).click();
    await expect(stuck).toBeHidden({ timeout: 60_000 });
    const stored = await eventually('the file in the store', 60_000, async (note) => {
      const { entries } = await api.files.folder.query({ experimentId: demo.experiment.id, parent: 'raw' });
      note(entries.map((entry) => entry.name));
      return entries.find((entry) => entry.name === name) ?? null;
    });
    expect(stored).toMatchObject({ sizeBytes: Buffer.byteLength('a drop of 2 µl') });
  } finally {
    await restore();
    rmSync(folder, { recursive: true, force: true });
  }
});
