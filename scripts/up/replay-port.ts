import { createServer } from 'node:net';
import { ClearFault } from '../lib/clear-fault.ts';
import { freePort } from '../lib/embedded-postgres.ts';
import { DEFAULT_REPLAY_PORT } from './options.ts';

/**
 * The HUB connects to the replay, so its port looks free while nothing is played: of two Beamdecks with the same one, each HUB would
 * silently get a part of the stream. A socket of that name in Linux's abstract namespace, which ends with this process, tells the
 * other that the port has its HUB. False when somebody has it.
 */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer().unref();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(`\0beamdeck-replay-${port}`, () => resolve(true));
  });
}

const isMine = async (port: number): Promise<boolean> =>
  (await freePort(port)) === port && (await claim(port));

/**
 * The port on which this Beamdeck's HUB expects the replay, its own until this process ends: the one asked for, or a sentence when it is
 * taken; with null or 0 the usual one or any free one.
 */
export async function claimReplayPort(wanted: number | null): Promise<number> {
  if (wanted !== null && wanted !== 0) {
    if (await isMine(wanted)) return wanted;
    throw new ClearFault(
      `Port ${wanted} for the replay is in use by another program, or by the HUB of another Beamdeck: choose another with npm run up -- --replay-port N.`,
    );
  }
  if (wanted === null && (await isMine(DEFAULT_REPLAY_PORT))) return DEFAULT_REPLAY_PORT;
  for (;;) {
    const port = await freePort();
    if (await claim(port)) return port;
  }
}
