import { setTimeout as sleep } from 'node:timers/promises';
import type { AlarmWatch } from '#src/server/domain/alarms/alarm-watch.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import type { Logger } from '#src/server/observability/logger.ts';

/** How often alarms are looked at: soon beside the time an alarm has to stand before anybody is told. */
const LOOK_EVERY_MS = 5000;

/** Looks at the alarms of every instrument until it is stopped. In several workers at once all look, and each alarm is told once. */
export class AlarmLoop {
  readonly #alarms: AlarmWatch;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #finished: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(alarms: AlarmWatch, log: Logger) {
    this.#alarms = alarms;
    this.#log = log;
  }

  start(): void {
    this.#finished = this.#loop();
  }

  /** Resolves when the last look is over. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#finished;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#alarms.lookEverywhere(systemContext('alarms'));
        if (this.#failing) this.#log.info('alarms are looked at again');
        this.#failing = false;
      } catch (error) {
        // The database may be away for a while: once is enough to say it.
        if (!this.#failing) this.#log.error({ err: error }, 'alarms cannot be looked at');
        this.#failing = true;
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
