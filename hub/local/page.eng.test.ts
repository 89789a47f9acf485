import { type Browser, chromium, type Page } from '@playwright/test';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM_FLAGS, systemChromium } from '#scripts/ensure-browser.ts';
import { freePort, type HubRig, until } from '../testing/hub-rig.ts';
import { licensedRig, putLicence } from '../testing/licensed-rig.ts';
import { imageMessages, startMessage, testSeries } from '../testing/test-messages.ts';

const executablePath = await systemChromium();
const missing = executablePath === null ? ' (apt-get install chromium)' : '';
const SOON_MS = 60_000;

describe.skipIf(executablePath === null)(`the page on site in a browser${missing}`, () => {
  let rig: HubRig;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];
  beforeEach(async () => {
    rig = await licensedRig();
    putLicence(rig);
    rig.config = { ...rig.config, local: { port: await freePort() } };
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_FLAGS });
    page = await browser.newPage();
    page.setDefaultTimeout(SOON_MS);
    faults.length = 0;
    page.on('pageerror', (error) => faults.push(error.message));
  });
  afterEach(async () => {
    await browser.close();
    await rig.dispose();
  });

  const open = () => page.goto(`http://127.0.0.1:${rig.config.local.port}/`);
  const shown = (text: string | RegExp) => page.getByText(text).first().waitFor();

  it('shows what the HUB does, again and again', async () => {
    rig.start();
    await until('the instructions', () => rig.hub!.status().controlRevision !== null, SOON_MS);
    await open();
    await page.getByRole('heading', { level: 1, name: 'peer' }).waitFor();
    await shown(/^HUB .* server heard \d+ s ago$/);
    await shown('No folder is watched.');
    await shown('none known');
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    const series = testSeries(1);
    await rig.send([startMessage(series, { numberOfImages: 10 }), ...imageMessages(series, 0, 1)]);
    await shown('2 of 10 frames');
    rig.hub!.local.pause('somebody');
    await shown('paused (on site)');
    expect(faults).toEqual([]);
  }, 300_000);

  it('says plainly that the HUB is gone, and that it is back', async () => {
    rig.start();
    await until('the instructions', () => rig.hub!.status().controlRevision !== null, SOON_MS);
    await open();
    await page.getByRole('heading', { level: 1, name: 'peer' }).waitFor();
    await rig.stop();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(
      /^The HUB on this machine has not answered since .+: .+ What is below is how it was then\.$/,
    );
    expect(await page.locator('main').evaluate((main) => getComputedStyle(main).opacity)).toBe('0.5');
    rig.start();
    await alert.waitFor({ state: 'hidden' });
    expect(await page.locator('main').evaluate((main) => getComputedStyle(main).opacity)).toBe('1');
    expect(faults).toEqual([]);
  }, 300_000);
});
