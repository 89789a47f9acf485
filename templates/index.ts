import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import { FAST_FEEDBACK } from './fast-feedback/template.ts';
import { GRID_MAP } from './grid-map/template.ts';
import { HDF5_SUMMARY } from './hdf5-summary/template.ts';

/** The job templates that ship with the product. */
export const BUILT_IN_TEMPLATES: readonly TemplateDefinition[] = [FAST_FEEDBACK, GRID_MAP, HDF5_SUMMARY];
