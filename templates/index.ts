import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import { AUTOPROC } from './autoproc/template.ts';
import { AZIMUTHAL_INTEGRATION } from './azimuthal-integration/template.ts';
import { DIALS_FULL } from './dials-full/template.ts';
import { DIALS_MERGE } from './dials-merge/template.ts';
import { DIALS_QUICK } from './dials-quick/template.ts';
import { FAST_FEEDBACK } from './fast-feedback/template.ts';
import { GRID_MAP } from './grid-map/template.ts';
import { HDF5_SUMMARY } from './hdf5-summary/template.ts';
import { XDS } from './xds/template.ts';

/** The job templates that ship with the product. */
export const BUILT_IN_TEMPLATES: readonly TemplateDefinition[] = [
  FAST_FEEDBACK,
  DIALS_QUICK,
  DIALS_FULL,
  DIALS_MERGE,
  GRID_MAP,
  AZIMUTHAL_INTEGRATION,
  HDF5_SUMMARY,
  XDS,
  AUTOPROC,
];
