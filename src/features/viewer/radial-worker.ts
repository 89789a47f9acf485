/// <reference lib="webworker" />
import type { DetectorPlane } from './detector-plane.ts';
import type { MeasuredFrame } from './measured-frame.ts';
import { radialAverage } from './radial-average.ts';

export interface RadialRequest {
  frame: MeasuredFrame;
  plane: DetectorPlane;
  bins: number;
}

/** Averages one frame after the other, apart from the page: 16 million pixels take a moment. */
const scope = globalThis as unknown as DedicatedWorkerGlobalScope;
scope.onmessage = ({ data }: MessageEvent<RadialRequest>) => {
  scope.postMessage(radialAverage(data.frame, data.plane, data.bins));
};
