import { MessageSender } from '#hub/simulator/message-sender.ts';
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
