import { setTimeout as sleep } from 'node:timers/promises';
import { isAccessRefusal } from './access.ts';
import type { ReportLog } from './report-log.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type ServerClient, ServerRefused, ServerUnreachable } from './server-client.ts';
import { Signal } from './slots.ts';
import { type AcquiredMoment, SwitchedOff, type UploadGate, whileSent } from './upload-gate.ts';

export interface PreviewTarget {
  /** Null while the server does not know the series. */
  datasetId: string | null;
  acquired: AcquiredMoment | null;
}

interface Preview {
  seriesKey: string;
  frame: number;
  png: Uint8Array;
  kept: boolean;
}

/** Kept previews of an outage wait in memory, of at most 150 kB each; the oldest are given up first. */
const MAX_WAITING = 400;
/** A series that is not opened yet, or is switched off, is looked at again so often. */
const LOOK_MS = 500;

/**
 * Sends previews ahead of raw data, one at a time: the newest first. Those that are not to be kept are of no use later: a newer one takes
 * their place, and one that cannot be sent now is given up. Previews are lost with the process; the data are not.
 */
export class PreviewSender {
  private readonly deps: {
    client: ServerClient;
    gate: UploadGate;
    reports: ReportLog;
    signal: AbortSignal;
    targetOf: (seriesKey: string) => PreviewTarget | null;
  };
  private readonly added = new Signal();
  private waiting: Preview[] = [];
  private running: Promise<void> = Promise.resolve();

  constructor(deps: PreviewSender['deps']) {
    this.deps = deps;
  }

  start(): void {
    this.running = this.run().catch((error: unknown) =>
      this.deps.reports.addThrown('Previews are not sent any more', error),
    );
  }

  send(preview: Preview): void {
    this.waiting = this.waiting.filter((one) => one.kept || one.seriesKey !== preview.seriesKey);
    this.waiting.push(preview);
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
    this.added.notify();
  }

  /** Ends when the signal fires; never rejects. */
  private async run(): Promise<void> {
    const { signal } = this.deps;
    let attempt = 0;
    while (!signal.aborted) {
      const chosen = this.choose();
      const wasSent = chosen !== null && (await this.trySend(chosen.preview, chosen.datasetId));
      attempt = wasSent || chosen === null ? 0 : attempt + 1;
      if (wasSent) continue;
      const idle = this.waiting.length === 0;
      const wait = idle
        ? this.added.wait(signal)
        : sleep(Math.max(LOOK_MS, retryDelayMs(attempt)), undefined, { signal });
      await wait.catch(() => undefined);
    }
  }

  /** The newest that may be sent now, for the time being the only one asked about. */
  private choose(): { preview: Preview; datasetId: string } | null {
    const { gate, targetOf } = this.deps;
    this.waiting = this.waiting.filter(({ seriesKey }) => targetOf(seriesKey) !== null);
    for (const preview of this.waiting.toReversed()) {
      const { datasetId, acquired } = targetOf(preview.seriesKey)!;
      if (datasetId !== null && gate.decision(acquired).send) return { preview, datasetId };
    }
    return null;
  }

  private async trySend(preview: Preview, datasetId: string): Promise<boolean> {
    const { client, gate, reports, signal, targetOf } = this.deps;
    const { seriesKey, frame, kept, png } = preview;
    try {
      await whileSent(
        gate,
        () => targetOf(seriesKey)?.acquired ?? null,
        signal,
        (ended) => client.putPreview(datasetId, frame, kept, png, ended),
      );
      this.drop(preview);
      return true;
    } catch (error) {
      // Held, or the agent stops: nothing is wrong with it.
      if (error instanceof SwitchedOff || signal.aborted) {
        if (!kept) this.drop(preview);
        return false;
      }
      if (error instanceof ServerRefused && !isAccessRefusal(error)) {
        const message = `The server refuses the preview of image ${frame}: ${error.message} (${error.code}).`;
        reports.add({ level: 'warn', code: 'preview-refused', message, seriesKey });
        this.drop(preview);
      } else if (!kept) this.drop(preview);
      if (!(error instanceof ServerRefused || error instanceof ServerUnreachable)) {
        reports.addThrown('A preview could not be sent', error);
        this.drop(preview);
      }
      return false;
    }
  }

  private drop(preview: Preview): void {
    this.waiting = this.waiting.filter((one) => one !== preview);
  }

  /** After the signal fired: resolves when it has noticed. */
  async stopped(): Promise<void> {
    this.added.notify();
    await this.running;
  }
}
