import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import type { Hold } from './upload-gate.ts';

/** Sums up what is held, by reason and experiment; `since` of the sum is the earliest. */
export class HeldSums {
  private readonly sums = new Map<string, HeldData>();

  add({ because, experimentCode, since }: Omit<Hold, 'send'>, files: number, bytes: number): void {
    const key = `${because} ${experimentCode}`;
    const sum = this.sums.get(key);
    if (!sum) {
      this.sums.set(key, { because, experimentCode, files, bytes, since });
      return;
    }
    sum.files += files;
    sum.bytes += bytes;
    if (since < sum.since) sum.since = since;
  }

  list(): HeldData[] {
    return [...this.sums.values()];
  }
}

/** What several sources hold, as one list. */
export function joinHeld(lists: readonly (readonly HeldData[])[]): HeldData[] {
  const sums = new HeldSums();
  for (const { files, bytes, ...hold } of lists.flat()) sums.add(hold, files, bytes);
  return sums.list().slice(0, 200);
}
