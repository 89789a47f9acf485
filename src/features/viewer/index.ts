export { COLOUR_MAP_NAMES, type ColourMapName, colourTable } from './colour-maps.ts';
export { FrameThumbnail } from './frame-thumbnail.tsx';
export { seriesOf, valueLabel } from './frame-values.ts';
export { PreviewPicture } from './preview-picture.tsx';
export { PreviewStrip } from './preview-strip.tsx';
export { PreviewThumbnail } from './preview-thumbnail.tsx';
export { usePreviews } from './use-previews.ts';
export { ViewerPage, type ViewerPlace } from './viewer-page.tsx';
