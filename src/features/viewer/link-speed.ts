/** Less says more about the way there and back than about the rate. */
const LEAST_BYTES = 200_000;
const REMEMBERED = 5;
/** A frame that takes longer is not waited for. */
const PATIENCE_MS = 250;

/** How fast frames come from the store, as measured with the last of them. */
export class LinkSpeed {
  private msPerByte: number[] = [];

  /** A frame of so many bytes has come. */
  note(bytes: number, ms: number): void {
    if (bytes >= LEAST_BYTES) this.msPerByte = [...this.msPerByte.slice(1 - REMEMBERED), ms / bytes];
  }

  /** A frame was given up after so long. That says something only if it should have come. */
  noteGivenUp(bytes: number, afterMs: number): void {
    const expected = this.expectedMs(bytes);
    if (afterMs > PATIENCE_MS && (expected === null || afterMs > expected)) this.note(bytes, afterMs);
  }

  /** Null as long as nothing was measured. */
  expectedMs(bytes: number): number | null {
    const known = this.msPerByte.toSorted((a, b) => a - b);
    const middle = known[(known.length - 1) >> 1];
    return middle === undefined ? null : middle * bytes;
  }

  /** Frames of this size keep people waiting: show a preview first, and fetch the frame when they rest. */
  isSlowFor(bytes: number): boolean {
    return (this.expectedMs(bytes) ?? 0) > PATIENCE_MS;
  }
}

/** One for all viewers of a page: the store is the same. */
export const linkSpeed = new LinkSpeed();
