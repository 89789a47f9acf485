// Not the journeys' own `test`: a browser rightly complains of a server that is away.
import { expect, test } from '@playwright/test';
import { demo, signIn } from './demo-facility.ts';
import { signedInApi } from './lib/facility-api.ts';
import { killNow, type ProcessName, untilRestarted } from './lib/killed-process.ts';
import { finishedDatasets } from './lib/stored-dataset.ts';
import { openBeamline, sendFrames, ToldSeries } from './lib/told-series.ts';

/** Who watches a cockpit while the server dies and comes back sees the next series arrive without touching anything. */
for (const victims of [['web'], ['db']] satisfies ProcessName[][]) {
  test(`a cockpit that is open goes on by itself after ${victims[0]} was killed`, async ({ page }) => {
    test.setTimeout(180_000);
    await signIn(page, 'staff', `/instruments/${demo.instrument.slug}`);
    const arriving = page.getByRole('region', { name: 'Arriving now' });
    await expect(arriving).toBeVisible();
    let loads = 0;
    page.on('load', () => {
      loads += 1;
    });
    const killed = killNow(victims);
    await untilRestarted(victims, killed);
    const sender = await openBeamline();
    try {
      const series = new ToldSeries({ prefix: 'live/again', frames: 20, rateHz: 10, size: 64 });
      await sender.send(series.start());
      await sendFrames(sender, series, { from: 0, to: series.frames });
      await sender.send(series.end());
      const name = series.prefix.split('/').at(-1);
      const whole = arriving.getByRole('progressbar', { name: `${name}: 20 of 20 frames, all verified` });
      await expect(whole).toBeVisible({ timeout: 60_000 });
      const [dataset] = await finishedDatasets(await signedInApi('staff'), series.prefix);
      expect(dataset).toMatchObject({ state: 'complete', framesStored: series.frames });
    } finally {
      sender.close();
    }
    expect(loads, 'the page was not loaded again').toBe(0);
  });
}
