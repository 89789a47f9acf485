import type { StoreView } from '../judge/store-view.ts';

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
