export { explorerHref } from './explorer-href.ts';
export { ExplorerPage } from './explorer-page.tsx';
export { Hdf5Preview } from './hdf5-preview.tsx';
