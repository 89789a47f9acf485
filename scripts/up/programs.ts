import { join } from 'node:path';
import type { Addresses } from './environment.ts';
import { waitForHealth } from './readiness.ts';
import type { Program } from './supervisor.ts';
import { nextStartArgs } from './web-build.ts';

const READY_TIMEOUT_MS = 120_000;

interface ProgramInput {
  root: string;
  env: NodeJS.ProcessEnv;
  webPort: number;
  addresses: Addresses;
}

/** The programs in the order of starting; the reverse is the order of stopping, so that each still finds what it needs to finish. */

export const dataServerProgram = ({ root, env, addresses }: ProgramInput): Program => ({
  name: 'data',
  title: 'the data server',
  command: process.execPath,
  args: [join(root, 'data-server', 'index.ts')],
  cwd: root,
  env,
  graceMs: 8000,
  ready: (signal) => waitForHealth(`${addresses.data}/health`, 'The data server', READY_TIMEOUT_MS, signal),
});

/** The worker says that it works only where informing lines are written. */
const isInforming = ({ BEAMDECK_LOG_LEVEL: level }: NodeJS.ProcessEnv) =>
  level === undefined || ['', 'trace', 'debug', 'info'].includes(level);

export const workerProgram = ({ root, env }: ProgramInput): Program => ({
  name: 'worker',
  title: 'the worker',
  command: process.execPath,
  args: [join(root, 'workers', 'index.ts')],
  cwd: root,
  env,
  graceMs: 10_000,
  readyLine: isInforming(env) ? '"msg":"working"' : undefined,
  whenKilled: 'Nothing is lost: jobs that ran are taken up again.',
});

export const webProgram = ({ root, env, webPort, addresses }: ProgramInput): Program => ({
  name: 'web',
  title: 'the web app',
  command: process.execPath,
  args: nextStartArgs(root, '127.0.0.1', webPort),
  cwd: root,
  env: { ...env, NEXT_TELEMETRY_DISABLED: '1' },
  graceMs: 8000,
  ready: (signal) => waitForHealth(`${addresses.web}/api/health`, 'The web app', READY_TIMEOUT_MS, signal),
});

/** Drains what it has received before it ends; what it cannot send any more stays in its journal and spool. */
export const hubProgram = ({ root, env }: ProgramInput, configFile: string): Program => ({
  name: 'hub',
  title: 'the HUB',
  command: process.execPath,
  args: [join(root, 'hub', 'index.ts'), '--config', configFile],
  cwd: root,
  env: agentEnvironment(env),
  graceMs: 20_000,
  readyLine: '"code":"server-reached"',
  whenKilled:
    'What it has written to its buffer is safe, and it goes on with the same series; messages that were in its network socket are gone, and their frames are named as missing.',
});

export const simulatorProgram = ({
  root,
  env,
  addresses,
  frames,
  pauseS,
}: ProgramInput & { frames: number; pauseS: number }): Program => ({
  name: 'sim',
  title: 'the simulated beamline',
  command: process.execPath,
  args: [
    join(root, 'hub', 'simulator', 'index.ts'),
    ...[
      '--bind',
      addresses.simulator,
      '--detector',
      'eiger2-1m',
      '--frames',
      String(frames),
      '--rate',
      '10',
      '--osc',
      '0.5',
    ],
    ...['--pause', String(pauseS), '--series', '0', '--crystal', 'lysozyme'],
  ],
  cwd: root,
  env: agentEnvironment(env),
  graceMs: 5000,
  readyLine: '"msg":"simulated beamline ready"',
  whenKilled: 'The series it was measuring stays incomplete; what had arrived is kept.',
});

/** An agent knows the server by its address and token alone: the server's secrets are not for it. */
function agentEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => name !== 'DATABASE_URL' && (!name.startsWith('BEAMDECK_') || name === 'BEAMDECK_LOG_LEVEL'),
    ),
  ) as NodeJS.ProcessEnv;
}
