import { ACQUISITION_OPERATIONS } from './acquisition-operations.ts';
import { ALARM_OPERATIONS } from './alarm-operations.ts';
import { DATASET_OPERATIONS } from './dataset-operations.ts';
import { EXPERIMENT_OPERATIONS } from './experiment-operations.ts';
import { FILE_OPERATIONS } from './file-operations.ts';
import { INSTRUMENT_OPERATIONS } from './instrument-operations.ts';
import { JOB_OPERATIONS } from './job-operations.ts';
import { MEMBER_OPERATIONS } from './member-operations.ts';
import type { Operation } from './operation.ts';
import { PROJECT_OPERATIONS } from './project-operations.ts';
import { SAMPLE_OPERATIONS } from './sample-operations.ts';
import { TEMPLATE_OPERATIONS } from './template-operations.ts';
import { TRIGGER_OPERATIONS } from './trigger-operations.ts';
import { VISIT_OPERATIONS } from './visit-operations.ts';

/**
 * The one table of what programs may ask under /api/v1. The route, the OpenAPI document, the page of the operations and the access matrix are
 * made from it; nothing else answers a token.
 */
export const OPERATIONS: readonly Operation[] = [
  ...EXPERIMENT_OPERATIONS,
  ...VISIT_OPERATIONS,
  ...MEMBER_OPERATIONS,
  ...PROJECT_OPERATIONS,
  ...SAMPLE_OPERATIONS,
  ...INSTRUMENT_OPERATIONS,
  ...ALARM_OPERATIONS,
  ...ACQUISITION_OPERATIONS,
  ...DATASET_OPERATIONS,
  ...JOB_OPERATIONS,
  ...TEMPLATE_OPERATIONS,
  ...TRIGGER_OPERATIONS,
  ...FILE_OPERATIONS,
];
