export interface Holder {
  pid: number;
  /** Clock ticks since boot at which the process started; null where /proc is missing. */
  started: string | null;
  note: string;
}

export type LockResult =
  | { holder: Holder; note?: undefined; release?: undefined }
  | { holder: null; note(text: string): void; release(): void };

export function processStart(pid: number): string | null;
export function isAlive(holder: { pid: number; started?: string | null }): boolean;
export function lockHolder(file: string): Holder | null;
export function takeLock(file: string, note?: string): LockResult;
