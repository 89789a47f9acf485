import { journeyStage } from './journey-stage.ts';
import { scenarioStage } from './scenario-stage.ts';
import type { Stage } from './stage.ts';
import { generatedStage, importsStage, lintStage, typesStage } from './static-stages.ts';
import { tortureStage } from './torture-stage.ts';
import { engineStage, integrationStage, unitStage } from './vitest-stages.ts';

/**
 * In the order of `npm test`, what is quick to fail first: rounds one after the other, each of lanes that run side by side. What keeps one core busy
 * stands beside what keeps the other, and what waits for faults beside what waits for frames.
 */
export const ROUNDS: readonly (readonly (readonly Stage[])[])[] = [
  [[typesStage], [lintStage, importsStage, generatedStage]],
  [[unitStage]],
  [[integrationStage]],
  [[journeyStage]],
  [[tortureStage], [scenarioStage]],
  [[engineStage]],
];

export const STAGES: readonly Stage[] = ROUNDS.flat(2);
