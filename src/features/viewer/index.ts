export { FrameThumbnail } from './frame-thumbnail.tsx';
export { ViewerPage } from './viewer-page.tsx';
