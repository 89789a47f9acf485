'use client';

import { useEffect, useRef, useState } from 'react';
import type { DetectorPlane } from './detector-plane.ts';
import type { MeasuredFrame } from './measured-frame.ts';
import type { RadialAverage } from './radial-average.ts';
import type { RadialRequest } from './radial-worker.ts';

const BINS = 500;

/** The radial average of what is shown, while it is wanted; that of the former frame stays until the next is ready. */
export function useRadialAverage(
  frame: MeasuredFrame | null,
  plane: DetectorPlane | null,
  isWanted: boolean,
): RadialAverage | null {
  const [average, setAverage] = useState<RadialAverage | null>(null);
  const worker = useRef<Worker | null>(null);
  const busy = useRef(false);
  const waiting = useRef<RadialRequest | null>(null);
  useEffect(
    () => () => {
      worker.current?.terminate();
      worker.current = null;
    },
    [],
  );
  useEffect(() => {
    if (!isWanted || !frame || !plane) {
      setAverage(null);
      return;
    }
    if (!worker.current) {
      busy.current = false;
      const made = new Worker(new URL('./radial-worker.ts', import.meta.url), {
        type: 'module',
        name: 'radial average',
      });
      made.onmessage = ({ data }: MessageEvent<RadialAverage | null>) => {
        setAverage(data);
        // Of the frames that came meanwhile only the newest is worth averaging.
        const next = waiting.current;
        waiting.current = null;
        busy.current = next !== null;
        if (next) made.postMessage(next);
      };
      worker.current = made;
    }
    const request: RadialRequest = { frame, plane, bins: BINS };
    if (busy.current) waiting.current = request;
    else {
      busy.current = true;
      worker.current.postMessage(request);
    }
  }, [frame, plane, isWanted]);
  return average;
}
