import type { TemplateDefinition } from '#src/shared/contracts/job-template.ts';
import { RESOLUTION_PARAMETER, SYMMETRY_PARAMETERS } from '../lib/dials-template.ts';
import { scriptFiles } from '../lib/script-files.ts';

export const AUTOPROC: TemplateDefinition = {
  slug: 'autoproc',
  version: 1,
  name: 'autoPROC',
  description:
    'A rotation series with autoPROC of Global Phasing, which uses XDS. Both are licensed by their authors and not part of Beamdeck: the facility installs them below /usr/local with their licences.',
  entry: 'script:bash',
  files: scriptFiles('autoproc/main.sh'),
  timeLimitS: 24 * 3600,
  memoryLimitBytes: 8 * 1024 ** 3,
  parameters: [
    {
      ...{ name: 'dataset', label: 'Dataset', type: 'dataset' },
      description: 'A rotation series with a master file.',
    },
    { ...RESOLUTION_PARAMETER, description: 'Reflections beyond it are left out. Empty: autoPROC decides.' },
    ...SYMMETRY_PARAMETERS,
  ],
  metrics: [],
  outputs: [
    { kind: 'report', path: 'autoproc/summary_inlined.html', label: 'Summary of autoPROC' },
    { kind: 'file', path: 'autoproc/truncate-unique.mtz', label: 'Merged intensities and amplitudes' },
    {
      ...{ kind: 'file', path: 'autoproc/staraniso_alldata-unique.mtz' },
      label: 'The same, cut anisotropically by STARANISO',
    },
  ],
  requires: [
    {
      ...{ kind: 'command', name: 'process' },
      how: 'autoPROC, from Global Phasing at globalphasing.com/autoproc: free for academic use, licensed to companies; link into /usr/local/bin',
    },
    {
      ...{ kind: 'command', name: 'xds_par' },
      how: 'from its authors at xds.mr.mpg.de: free for academic use, licensed to companies; put into /usr/local/bin',
    },
  ],
};
