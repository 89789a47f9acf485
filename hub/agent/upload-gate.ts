import type { HeldData } from '#src/shared/contracts/agent-control.ts';
import { Broadcast } from './broadcast.ts';

export interface Hold {
  send: false;
  because: HeldData['because'];
  experimentCode: string | null;
  /** Since when; ISO 8601. */
  since: string;
}
export type GateDecision = { send: true } | Hold;

/** When data were acquired: on the server's clock, right within ± `doubtMs`. */
export interface AcquiredMoment {
  at: Date;
  doubtMs: number;
}

/** May data be sent now? Asked before anything of them is sent, and before each further part. */
export interface UploadGate {
  /** @param acquired null when nobody knows: then the switches of the agent alone decide */
  decision(acquired: AcquiredMoment | null): GateDecision;
  /**
   * False while the server has not been told yet what was switched on site before (it would take the data for another experiment's),
   * and while this agent has not heard yet what is switched off, or what time it is.
   */
  isTold(acquired: AcquiredMoment | null): boolean;
  /** The first change of the active experiment, as far as this agent knows, between two moments; null when there was none, or nobody knows when they were. */
  switchBetween(from: AcquiredMoment | null, to: AcquiredMoment | null): Date | null;
  /** Heard at every change of what the two would say. */
  readonly changed: Broadcast;
  /**
   * Heard when something was switched on again "from now": `isLeft` says of each that waits whether it was held by that switch and
   * is not to be sent any more. What it says must be noted before the listener returns: the switch is not told again.
   */
  onLeft(listener: (isLeft: (acquired: AcquiredMoment | null) => boolean) => void): void;
}

/** Of an agent without switches. */
export const OPEN_GATE: UploadGate = {
  decision: () => ({ send: true }),
  isTold: () => true,
  switchBetween: () => null,
  changed: new Broadcast(),
  onLeft: () => undefined,
};

/**
 * Resolves when the gate lets the data through; rejects with the signal's reason when it fires first.
 * @param acquired asked again after each change: when data were acquired becomes known better when the clock is measured
 */
export async function untilSent(
  gate: UploadGate,
  acquired: () => AcquiredMoment | null,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  for (;;) {
    const moment = acquired();
    if (gate.decision(moment).send && gate.isTold(moment)) return;
    await gate.changed.wait(signal);
  }
}

/** What was under way was cut off because its data are to be held. */
export class SwitchedOff extends Error {
  override readonly name = 'SwitchedOff';
}

/**
 * Sends something with a signal that fires as soon as the gate holds its data, or `signal` does; rejects then with why.
 * On a slow link what is under way takes long, and a switch must not wait for it.
 */
export async function whileSent<T>(
  gate: UploadGate,
  acquired: () => AcquiredMoment | null,
  signal: AbortSignal,
  send: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  const cut = new AbortController();
  const sent = new AbortController();
  const watch = async () => {
    while (gate.decision(acquired()).send) await gate.changed.wait(sent.signal);
    cut.abort(new SwitchedOff());
  };
  watch().catch(() => undefined);
  const ended = AbortSignal.any([cut.signal, signal]);
  try {
    return await send(ended);
  } catch (error) {
    throw ended.aborted ? ended.reason : error;
  } finally {
    sent.abort();
  }
}
