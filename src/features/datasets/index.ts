export { AcquisitionDialog, useMayCorrect } from './acquisition-dialog.tsx';
export { AcquisitionFacts } from './acquisition-facts.tsx';
export { MARK_WORDS, positionWords } from './acquisition-words.ts';
export { DatasetPage } from './dataset-page.tsx';
export { Mark } from './mark.tsx';
export { ScanMapDialog } from './scan-map-dialog.tsx';
export { Snapshots } from './snapshots.tsx';
