'use client';

import { useEffect, useRef, useState } from 'react';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { FrameLoadError, type FrameLoader, type LoadedFrame } from './frame-loader.ts';
import { reducePixelMask } from './pixel-mask.ts';

export interface ShownMask {
  reduced: Uint8Array<ArrayBuffer>;
  bits: LoadedFrame;
}

/** Names the pixel mask of an index among all that its loader is asked for; null when it has none. */
export function maskKeyOf(index: FrameIndex): string | null {
  const at = index.masks.find((mask) => mask.channel === index.channel) ?? index.masks[0];
  return at ? `mask:${index.datasetId}:${at.offset}:${at.sizeBytes}` : null;
}

/** The pixel mask of the channel, once it is here. */
export function usePixelMask(
  index: FrameIndex,
  loader: FrameLoader | null,
  onExpired: () => void,
): ShownMask | null {
  const [mask, setMask] = useState<ShownMask | null>(null);
  const key = maskKeyOf(index);
  const latest = useRef({ index, onExpired });
  latest.current = { index, onExpired };
  useEffect(() => {
    const { masks, channel } = latest.current.index;
    const location = masks.find((one) => one.channel === channel) ?? masks[0];
    if (!loader || !location || key === null) {
      loader?.setMask(null);
      setMask(null);
      return;
    }
    let gone = false;
    loader.expectMask();
    loader
      .load(key, location, location, { saturation: null, isUrgent: true, isMask: true })
      .then((bits) => {
        if (gone) return;
        const reduced = reducePixelMask(bits.pixels);
        loader.setMask(reduced);
        setMask({ reduced, bits });
      })
      .catch((problem: unknown) => {
        if (gone) return;
        loader.setMask(null);
        if (problem instanceof FrameLoadError && problem.reason === 'expired') latest.current.onExpired();
      });
    return () => {
      gone = true;
    };
  }, [key, loader]);
  return mask;
}
