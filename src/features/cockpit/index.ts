export { CockpitPage } from './cockpit-page.tsx';
export { InstrumentsPage } from './instruments-page.tsx';
export { WallPage } from './wall/wall-page.tsx';
