/** One of the two programs that bring data: a HUB has streams of detectors and folders, a SYNC folders alone. */
export interface AgentProgram {
  /** As a licence names it. */
  kind: 'hub' | 'sync';
  /** As people call it. */
  name: 'HUB' | 'SYNC';
  /** What is typed on its machine. */
  command: 'beamdeck-hub' | 'beamdeck-sync';
}

export const HUB: AgentProgram = { kind: 'hub', name: 'HUB', command: 'beamdeck-hub' };
export const SYNC: AgentProgram = { kind: 'sync', name: 'SYNC', command: 'beamdeck-sync' };
