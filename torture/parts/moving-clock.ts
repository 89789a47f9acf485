import { writeFileSync } from 'node:fs';
import { faketimeLibrary } from './needs.ts';

/** A clock that can be set while processes run by it (libfaketime, which looks at a file every second). */
export class MovingClock {
  private readonly file: string;

  /** @param file made; holds how far it is off */
  constructor(file: string) {
    this.file = file;
    this.set(0);
  }

  /** So many seconds ahead of the machine's clock. */
  set(offsetS: number): void {
    writeFileSync(this.file, `${offsetS < 0 ? '' : '+'}${offsetS}s\n`);
  }

  /** Of the processes that go by it. */
  get environment(): Record<string, string> {
    return {
      ...FAKED,
      LD_PRELOAD: faketimeLibrary()!,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_CACHE_DURATION: '1',
    };
  }
}

/** Timers go on as they are; files carry the times that they have on this machine. */
export const FAKED: Readonly<Record<string, string>> = {
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  NO_FAKE_STAT: '1',
};
