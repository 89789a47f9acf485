import type { AgentProgram } from '#hub/agent/agent-program.ts';
import type { Need } from '../torture/parts/needs.ts';
import type { Trial } from '../torture/parts/trial.ts';

/** A beamline as it stands somewhere, played from the first byte to the last on a whole installation of its own. */
export interface Scenario {
  name: string;
  /** Whose way of working it is, in one sentence. */
  about: string;
  /** What the machine must have for it. */
  needs?: readonly Need[];
  /** The agent at the instrument. */
  program: AgentProgram;
  /**
   * Plays it, and says what happened; everything handed over is in the trial's ledger. Returns parts of the paths of what was held back on
   * purpose, whose latency says nothing.
   */
  play(trial: Trial, say: (line: string) => void): Promise<{ heldBack: string[] }>;
}
