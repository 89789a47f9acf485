/** Measurements kept; of them the one with the least doubt counts. */
const KEPT = 15;
/** Two quartz clocks drift apart by at most so much per millisecond (50 ppm). */
const DRIFT = 50e-6;
/** Of a clock that was never compared, or not since the machine was started. */
export const UNKNOWN_DOUBT_MS = 86_400_000;

/** Server clock minus ours, right within ± `doubtMs`. */
export interface ClockEstimate {
  offsetMs: number;
  doubtMs: number;
}

/** A moment of this process: on the clock that people set, and on the one that only goes forward. */
export interface ClockMark {
  wallMs: number;
  steadyMs: number;
}

/** What is kept over restarts: `steadyMs` counts since the machine was started, `boot` tells which start. */
export interface RememberedClock extends ClockEstimate, ClockMark {
  boot: string;
}

interface Measurement extends ClockMark {
  offsetMs: number;
  roundTripMs: number;
}

export interface Clocks {
  /** Milliseconds since 1970, as the machine's clock says. */
  wall: () => number;
  /** Milliseconds since the machine was started; never set. */
  steady: () => number;
  /** Changes with every start of the machine; empty where the system does not tell. */
  boot: string;
}

/**
 * How far the agent's clock is from the server's, from the middle of heartbeats' round trips. Doubt: half the round trip, grown by
 * drift, and by as much as the clock was set since (a step, or a sleep of the machine, which looks the same). It decides which
 * experiment data belong to, so it is kept over restarts, for times without a server.
 */
export class ClockOffset {
  private readonly clocks: Clocks;
  private readonly measurements: Measurement[] = [];
  private readonly remembered: RememberedClock | null;

  constructor(clocks: Clocks, remembered: RememberedClock | null) {
    this.clocks = clocks;
    this.remembered = remembered;
  }

  /** Which start of the machine this is; empty where the system does not tell. */
  get boot(): string {
    return this.clocks.boot;
  }

  /** This moment, to be asked about later: what is measured afterwards counts for it too, as long as nobody sets the clock. */
  mark(): ClockMark {
    return { wallMs: this.clocks.wall(), steadyMs: this.clocks.steady() };
  }

  /** @param sentMs wall clock when the request left */
  measured(sentMs: number, roundTripMs: number, serverMs: number): void {
    this.measurements.push({ ...this.mark(), offsetMs: serverMs - (sentMs + roundTripMs / 2), roundTripMs });
    if (this.measurements.length > KEPT) this.measurements.shift();
  }

  /** As well as it is known now, for the moment `mark`. */
  estimate(mark: ClockMark = this.mark()): ClockEstimate {
    const { remembered } = this;
    let best: ClockEstimate = { offsetMs: remembered?.offsetMs ?? 0, doubtMs: UNKNOWN_DOUBT_MS };
    if (remembered !== null && remembered.boot !== '' && remembered.boot === this.clocks.boot) {
      best.doubtMs = remembered.doubtMs + growth(remembered, mark);
    }
    for (const { offsetMs, roundTripMs, ...at } of this.measurements) {
      const doubtMs = roundTripMs / 2 + growth(at, mark);
      if (doubtMs <= best.doubtMs) best = { offsetMs, doubtMs };
    }
    return { offsetMs: best.offsetMs, doubtMs: Math.min(UNKNOWN_DOUBT_MS, best.doubtMs) };
  }

  /** 0 when it was never measured. */
  get offsetMs(): number {
    return this.estimate().offsetMs;
  }

  get isKnown(): boolean {
    return this.remembered !== null || this.measurements.length > 0;
  }

  /** False when nothing measured so far says anything about now: the first heartbeat that is answered will. */
  get isComparable(): boolean {
    return this.estimate().doubtMs < UNKNOWN_DOUBT_MS;
  }

  /** Whether the clock was compared by this process after the moment: an outage, or a clock that was set meanwhile, counts no more. */
  isMeasuredSince(steadyMs: number): boolean {
    const newest = this.measurements.at(-1);
    return newest !== undefined && newest.steadyMs > steadyMs;
  }

  /** For the next process; null when nothing is known. */
  toRemember(): RememberedClock | null {
    if (!this.isKnown) return null;
    return { ...this.estimate(), ...this.mark(), boot: this.clocks.boot };
  }

  state(): { offsetMs: number | null; roundTripMs: number | null } {
    const trips = this.measurements.map(({ roundTripMs }) => roundTripMs);
    return {
      offsetMs: this.isKnown ? this.offsetMs : null,
      roundTripMs: trips.length > 0 ? Math.min(...trips) : null,
    };
  }
}

/** How much doubt comes with the time between two moments. */
function growth(a: ClockMark, b: ClockMark): number {
  const steady = b.steadyMs - a.steadyMs;
  const wasSet = Math.abs(b.wallMs - a.wallMs - steady);
  return Math.abs(steady) * DRIFT + (wasSet > READING_MS ? wasSet : 0);
}

/** Two clocks cannot be read at the same instant, and one of them tells hundredths of a second. */
const READING_MS = 30;
