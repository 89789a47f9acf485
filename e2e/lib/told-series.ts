import { MessageSender } from '#hub/simulator/message-sender.ts';
import { ToldSeries } from '#hub/testing/told-series.ts';
import { demo } from '../demo-facility.ts';

export { CHANNEL, fingerprint, sendFrames, ToldSeries } from '#hub/testing/told-series.ts';

/** The sender's end of the replay connection, on which the HUB pulls. */
export const openBeamline = (): Promise<MessageSender> =>
  MessageSender.bind({
    endpoint: demo.hub.replay,
    queueMessages: 8,
    lingerMs: 10_000,
    onWaiting: () => undefined,
  });

/** A small series from its start to its end, for whichever experiment is active. */
export async function measureSeries(prefix: string, frames = 4): Promise<ToldSeries> {
  const series = new ToldSeries({ prefix, frames, rateHz: 100, size: 64 });
  const sender = await openBeamline();
  for (const message of [series.start(), ...series.images, series.end()]) await sender.send(message);
  sender.close();
  return series;
}
