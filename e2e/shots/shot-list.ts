import { ADMIN_SHOTS } from './admin-shots.ts';
import { CONTAINER_SHOTS } from './container-shots.ts';
import { ENTRANCE_SHOTS } from './entrance-shots.ts';
import { INSTRUMENT_SHOTS } from './instrument-shots.ts';
import { JOB_SHOTS } from './job-shots.ts';
import { OWN_SHOTS } from './own-shots.ts';
import type { Shot } from './shot.ts';
import { TEMPLATE_SHOTS } from './template-shots.ts';

/** Every page, empty and full, and while things go wrong. */
export const SHOTS: readonly Shot[] = [
  ...ENTRANCE_SHOTS,
  ...INSTRUMENT_SHOTS,
  ...CONTAINER_SHOTS,
  ...JOB_SHOTS,
  ...TEMPLATE_SHOTS,
  ...OWN_SHOTS,
  ...ADMIN_SHOTS,
];
