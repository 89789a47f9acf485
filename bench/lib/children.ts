import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';

/** Children of the benches, which speak by IPC: { event, … }. */

/** @param entry in `bench/lib` */
export function startChild(entry: string, order: object): ChildProcess {
  return fork(path.join(import.meta.dirname, entry), [JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** The next message of this event; rejects when the process ends before. */
export function hear<T>(child: ChildProcess, event: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) =>
      reject(new Error(`a process ended (${code}) before it said "${event}"`));
    const listen = (message: T & { event: string }) => {
      if (message.event !== event) return;
      child.off('message', listen);
      child.off('exit', died);
      resolve(message);
    };
    child.on('message', listen);
    child.once('exit', died);
  });
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}
