/** The best of this many measurements counts: the shortest round trip has the least doubt. */
const KEPT = 15;

interface Measurement {
  offsetMs: number;
  roundTripMs: number;
}

/**
 * Server clock minus ours, from the middle of heartbeats' round trips. Doubt: half the round trip. It decides which
 * experiment data belong to, so it is kept over restarts, for times without a server.
 */
export class ClockOffset {
  private readonly measurements: Measurement[] = [];
  private remembered: number | null;

  constructor(remembered: number | null) {
    this.remembered = remembered;
  }

  measured(sentMs: number, roundTripMs: number, serverMs: number): void {
    this.measurements.push({ offsetMs: serverMs - (sentMs + roundTripMs / 2), roundTripMs });
    if (this.measurements.length > KEPT) this.measurements.shift();
    this.remembered = this.best()?.offsetMs ?? this.remembered;
  }

  private best(): Measurement | null {
    return this.measurements.reduce<Measurement | null>(
      (best, one) => (best === null || one.roundTripMs < best.roundTripMs ? one : best),
      null,
    );
  }

  /** 0 when it was never measured. */
  get offsetMs(): number {
    return this.remembered ?? 0;
  }

  get isKnown(): boolean {
    return this.remembered !== null;
  }

  state(): { offsetMs: number | null; roundTripMs: number | null } {
    return { offsetMs: this.remembered, roundTripMs: this.best()?.roundTripMs ?? null };
  }
}
