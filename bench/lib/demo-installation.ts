import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '#scripts/lib/embedded-postgres.ts';

/** A whole installation as `npm run up` starts it, without its simulated beamline, in a folder of its own. */
export interface DemoInstallation {
  web: string;
  /** Where its HUB expects a detector to listen. */
  detectorEndpoint: string;
  storeDir: string;
  experiment: { id: string; code: string };
  accounts: { email: string; password: string }[];
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

export async function startDemoInstallation(): Promise<DemoInstallation> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'beamdeck-bench-'));
  const replayPort = await freePort();
  const args = ['--no-simulator', '--port', '0', '--replay-port', String(replayPort), '--data-dir', dataDir];
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
    };
    return {
      web: demo.web,
      detectorEndpoint: `tcp://127.0.0.1:${replayPort}`,
      storeDir: path.join(dataDir, 'store'),
      experiment: demo.experiment,
      accounts: demo.accounts,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const cookiesOf = (answer: Response) => answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]!);

/** Signs in as the sign-in page does; the Cookie header of the session. */
export async function signIn({ web, accounts }: DemoInstallation, who: string): Promise<string> {
  const { email, password } = accounts.find((account) => account.email.startsWith(`${who}@`))!;
  const asked = await fetch(`${web}/api/auth/csrf`);
  const { csrfToken } = (await asked.json()) as { csrfToken: string };
  const before = cookiesOf(asked);
  const answer = await fetch(`${web}/api/auth/callback/credentials`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: before.join('; '), 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrfToken, email, password }),
  });
  return [...before, ...cookiesOf(answer)].join('; ');
}

/** Reads the stream of live events as a browser's EventSource does; calls back with each `data` line as it comes. */
export async function readLiveEvents(
  web: string,
  cookie: string,
  topics: string[],
  onData: (data: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const input = encodeURIComponent(JSON.stringify({ json: { topics } }));
  const answer = await fetch(`${web}/api/trpc/live.events?input=${input}`, {
    headers: { cookie, accept: 'text/event-stream' },
    signal,
  });
  if (!answer.ok || !answer.body) throw new Error(`no live events: HTTP ${answer.status}`);
  const reading = async () => {
    const decoder = new TextDecoder();
    const reader = answer.body!.getReader();
    let rest = '';
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const lines = (rest + decoder.decode(piece.value, { stream: true })).split('\n');
      rest = lines.pop()!;
      for (const line of lines) if (line.startsWith('data: ')) onData(line.slice(6));
    }
  };
  void reading().catch((error: unknown) => {
    if (!signal.aborted) process.stderr.write(`live events: ${String(error)}\n`);
  });
}
