import { planSeries } from '#hub/simulator/beamline-programme.ts';
import { SimulatedDetector, SimulatedSeries } from '#hub/simulator/simulated-series.ts';
import { parseSimulatorOptions } from '#hub/simulator/simulator-options.ts';
import { makeSeriesUniqueId } from '#src/shared/model/series-unique-id.ts';
import { openBeamline } from './told-series.ts';

/** Sends a rotation series of a lysozyme crystal as the simulated beamline does, for whichever experiment is active. */
export async function measureCrystal(prefix: string, frames: number, oscillationDeg: number): Promise<void> {
  const options = parseSimulatorOptions([
    ...['--crystal', 'lysozyme', '--detector', 'eiger2-1m', '--distance', '150', '--seed', '1'],
    ...['--frames', `${frames}`, '--osc', `${oscillationDeg}`, '--prefix-template', prefix],
  ]);
  const nowMs = Date.now();
  const series = new SimulatedSeries(new SimulatedDetector(options), planSeries(options).next().value, {
    seriesId: Math.floor(nowMs / 1000),
    seriesUniqueId: makeSeriesUniqueId(nowMs, crypto.getRandomValues(new Uint8Array(16))),
    armDate: new Date(nowMs).toISOString(),
  });
  const sender = await openBeamline();
  await sender.send(series.start());
  for (let frame = 0; frame < frames; frame++) await sender.send(series.image(frame));
  await sender.send(series.end());
  sender.close();
}
