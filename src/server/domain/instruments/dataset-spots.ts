/** For other areas that show a dataset in a line or on a map. */
export { spotsOfFastFeedback, spotsPerFrame as spotsOfDataset } from './spot-line.repository.ts';
