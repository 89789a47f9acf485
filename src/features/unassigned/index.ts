export { MoveDataset } from './move-dataset.tsx';
export { UnassignedPage } from './unassigned-page.tsx';
