import { journeyStage } from './journey-stage.ts';
import { scenarioStage } from './scenario-stage.ts';
import type { Stage } from './stage.ts';
import { generatedStage, importsStage, lintStage, typesStage } from './static-stages.ts';
import { tortureStage } from './torture-stage.ts';
import { engineStage, integrationStage, unitStage } from './vitest-stages.ts';

/** In the order of `npm test`: what is quick to fail comes first. */
export const STAGES: readonly Stage[] = [
  typesStage,
  lintStage,
  importsStage,
  generatedStage,
  unitStage,
  integrationStage,
  journeyStage,
  tortureStage,
  scenarioStage,
  engineStage,
];
