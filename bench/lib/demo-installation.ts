import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '#scripts/lib/embedded-postgres.ts';
import { sessionCookies } from '#scripts/lib/facility-api.ts';

/** A whole installation as `npm run up` starts it, without its simulated beamline, in a folder of its own. */
export interface DemoInstallation {
  web: string;
  /** Where its HUB expects a detector to listen. */
  detectorEndpoint: string;
  storeDir: string;
  experiment: { id: string; code: string };
  accounts: { email: string; password: string }[];
  databaseUrl: string;
  /** Process that runs now under this name of `up` (web, worker, hub ...); the one that takes the place of a killed one has another. */
  pidOf(name: string): number;
  stop(): Promise<void>;
}

const ROOT = path.join(import.meta.dirname, '../..');
/** The first start in a clone builds the web app. */
const START_MS = 10 * 60_000;

async function untilReady(child: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const patience = setTimeout(
      () => reject(new Error(`not ready in time:\n${output.slice(-2000)}`)),
      START_MS,
    );
    const hear = (chunk: Buffer) => {
      output += chunk.toString();
      if (!output.includes('Beamdeck is ready at')) return;
      clearTimeout(patience);
      output = '';
      resolve();
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    child.once('exit', (code) => {
      clearTimeout(patience);
      reject(new Error(`up ended with ${code}:\n${output.slice(-2000)}`));
    });
  });
}

/** @param more options of `up` */
export async function startDemoInstallation(more: readonly string[] = []): Promise<DemoInstallation> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-'));
  const replayPort = await freePort();
  const args = [
    '--no-simulator',
    '--port',
    '0',
    '--replay-port',
    String(replayPort),
    '--data-dir',
    dataDir,
    ...more,
  ];
  const child = spawn(process.execPath, [path.join(ROOT, 'scripts/up.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await untilReady(child);
    const demo = JSON.parse(readFileSync(path.join(dataDir, 'demo.json'), 'utf8')) as {
      web: string;
      accounts: { email: string; password: string }[];
      experiment: { id: string; code: string };
      database: string;
    };
    return {
      web: demo.web,
      detectorEndpoint: `tcp://127.0.0.1:${replayPort}`,
      storeDir: path.join(dataDir, 'store'),
      experiment: demo.experiment,
      accounts: demo.accounts,
      databaseUrl: demo.database,
      pidOf(name) {
        const pids = JSON.parse(readFileSync(path.join(dataDir, 'pids.json'), 'utf8'));
        return (pids as Record<string, number>)[name]!;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Signs in with an account of the demo; the Cookie header of the session. */
export function signIn({ web, accounts }: DemoInstallation, who: string): Promise<string> {
  const { email, password } = accounts.find((account) => account.email.startsWith(`${who}@`))!;
  return sessionCookies({ web, email, password });
}
