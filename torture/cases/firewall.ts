import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '#scripts/lib/embedded-postgres.ts';
import { Detector, smallSeries } from '../parts/detector.ts';
import { BeamlineNetwork } from '../parts/namespace.ts';
import type { TortureCase } from '../torture-case.ts';

/** A facility whose firewall lets nothing from the HUB into the beamline's network: the detector has to come to the HUB. */

const firewall: TortureCase = {
  name: 'firewall',
  hubOnly: true,
  about:
    'a firewall that drops every connection from the HUB to the beamline: the detector connects to the HUB',
  needs: ['network-namespace'],
  async run(trial) {
    const network = new BeamlineNetwork(1);
    trial.onEnd(() => network.remove());
    const port = await freePort();
    // Nothing gets in: the wall is there, not only thought to be.
    const [command, ...args] = network.wrapper;
    const listening = spawn(command!, [...args, process.execPath, '-e', LISTEN], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => listening.stdout.once('data', resolve));
    const knock = spawnSync(process.execPath, ['-e', KNOCK, network.beamlineAddress], { encoding: 'utf8' });
    listening.kill();
    if (knock.stdout.trim() !== 'dropped') throw new Error(`the wall lets through: ${knock.stdout}`);

    const sending = spawn(
      command!,
      [
        ...args,
        process.execPath,
        path.join(import.meta.dirname, '../parts/sending-process.ts'),
        `tcp://${network.hubAddress}:${port}`,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    trial.onEnd(() => void sending.kill('SIGKILL'));
    const answers = createInterface({ input: sending.stdout })[Symbol.asyncIterator]();
    trial.add(
      Detector.over('behind-the-wall', trial.ledger, {
        toml: ['mode = "bind"', `endpoints = ["tcp://${network.hubAddress}:${port}"]`],
        async send(message) {
          sending.stdin.write(`${Buffer.from(message).toString('base64')}\n`);
          await answers.next();
        },
        close: () => void sending.stdin.end(),
      }),
    );
    const agent = await trial.startAgent();
    const places = [trial.code('A')];
    await trial.source.handOver(smallSeries('firewall/first'), { places });
    await trial.untilQuiet();
    await agent.end('SIGTERM');
    agent.start();
    await trial.untilHeard();
    await trial.source.handOver(smallSeries('firewall/second'), { places });
    return 'two series from behind the wall, the HUB stopped and started between them';
  },
};

const WALLED_PORT = 9999;
const LISTEN = `require('node:net').createServer().listen(${WALLED_PORT}, () => console.log('listening'))`;
const KNOCK = `const s = require('node:net').connect(${WALLED_PORT}, process.argv[1]);
s.on('connect', () => { console.log('connected'); process.exit(); });
s.on('error', (error) => { console.log(error.code); process.exit(); });
setTimeout(() => { console.log('dropped'); process.exit(); }, 2000);`;

export const FIREWALL_CASES: readonly TortureCase[] = [firewall];
