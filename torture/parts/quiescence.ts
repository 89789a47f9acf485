import { isDeepStrictEqual } from 'node:util';
import type { StoreView } from '../judge/store-view.ts';

/** So long after the last thing that waited, an agent must have told of anything else. */
export const CALM_MS = 5000;

/** States of a watched file in which something is still to happen by itself. */
const ON_THE_WAY = ['seen', 'settling', 'hashing', 'uploading', 'committing'];

/**
 * What is still under way by the words of agents and database; empty: everything has come to rest.
 * @param afterMs only a heartbeat sent after this counts
 */
export function whatWaits(view: StoreView, afterMs: number): string[] {
  const waits: string[] = [];
  for (const { base, state, ending } of view.datasets) {
    if (state === 'receiving' || ending === null) waits.push(`${base} is ${state}`);
  }
  for (const { name, status } of view.agents) {
    if (status === null || Date.parse(status.sentAt) < afterMs) {
      waits.push(`no heartbeat of ${name}`);
      continue;
    }
    const heldFiles = (status.held ?? []).reduce((total, { files }) => total + files, 0);
    if (status.queue.files > heldFiles) waits.push(`${status.queue.files} files wait at ${name}`);
    for (const { name: detector, series } of status.detectors)
      if (series !== null) waits.push(`${detector} receives a series`);
    for (const folder of status.folders ?? []) {
      const files = ON_THE_WAY.reduce((total, state) => total + (folder.states[state] ?? 0), 0);
      if (files > 0) waits.push(`${files} files of ${folder.name} are on their way`);
    }
  }
  return waits;
}

/** Tells when everything has come to rest: nothing has waited for `CALM_MS`, and every agent has said so within that time. */
export class Calm {
  private readonly beganMs: number;
  private sinceMs = Number.POSITIVE_INFINITY;

  /** @param beganMs only heartbeats sent after this count */
  constructor(beganMs: number) {
    this.beganMs = beganMs;
  }

  /** What still waits by a view; empty: everything has come to rest. */
  waits(view: StoreView, nowMs: number): string[] {
    const waits = whatWaits(view, this.beganMs);
    if (waits.length > 0) {
      this.broken();
      return waits;
    }
    this.sinceMs = Math.min(this.sinceMs, nowMs);
    if (nowMs - this.sinceMs < CALM_MS) return ['nothing, but not for long'];
    return whatWaits(view, this.sinceMs);
  }

  /** Nothing could be seen. */
  broken(): void {
    this.sinceMs = Number.POSITIVE_INFINITY;
  }
}

const linesOf = ({ datasets, files, otherKeys, objects }: StoreView): string[] =>
  [...datasets, ...files, ...otherKeys, ...objects].map((one) => JSON.stringify(one)).sort();

/** Whether database and store say the same of data in both. */
export const isSameData = (a: StoreView, b: StoreView): boolean => isDeepStrictEqual(linesOf(a), linesOf(b));
