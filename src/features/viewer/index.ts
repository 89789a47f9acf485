export { FrameThumbnail } from './frame-thumbnail.tsx';
export { PreviewPicture } from './preview-picture.tsx';
export { PreviewStrip } from './preview-strip.tsx';
export { PreviewThumbnail } from './preview-thumbnail.tsx';
export { usePreviews } from './use-previews.ts';
export { ViewerPage, type ViewerPlace } from './viewer-page.tsx';
