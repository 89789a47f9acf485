'use client';

import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { FrameLoadError, FrameLoader, type LoadedFrame } from './frame-loader.ts';
import { FrameLocator } from './frame-locator.ts';
import { reducePixelMask } from './pixel-mask.ts';
import type { ViewerStore } from './viewer-store.ts';

export type FrameStatus =
  | { kind: 'loading' }
  | { kind: 'shown' }
  | { kind: 'not-stored' }
  | { kind: 'failed'; message: string };

/** Frames fetched ahead in the direction of travel. */
const PREFETCH = 3;

export interface DisplayedFrame {
  /** The last frame that was shown: stays while the next is on its way, goes when that is not stored or cannot be loaded. */
  frame: LoadedFrame | null;
  /** 0-based id of `frame`. */
  shownFrame: number | null;
  status: FrameStatus;
  mask: { reduced: Uint8Array<ArrayBuffer>; bits: LoadedFrame } | null;
  locator: FrameLocator;
}

/**
 * Loads the frame the store names, cancels overtaken requests, fetches ahead, and keeps the pixel mask ready.
 * @param onExpired called when the signed addresses have become too old: fetch the index again
 */
export function useDisplayedFrame(
  index: FrameIndex,
  store: ViewerStore,
  onExpired: () => void,
): DisplayedFrame {
  const frameNumber = useStore(store, (state) => state.frame);
  const loaderRef = useRef<FrameLoader | null>(null);
  const [loaderReady, setLoaderReady] = useState(0);
  const [shown, setShown] = useState<{ frame: LoadedFrame; number: number } | null>(null);
  const [status, setStatus] = useState<FrameStatus>({ kind: 'loading' });
  const [mask, setMask] = useState<DisplayedFrame['mask']>(null);
  const locator = useMemo(() => new FrameLocator(index.files), [index.files]);
  const channel = index.channels.find((c) => c.name === index.channel) ?? index.channels[0];
  const saturation = index.geometry.saturationValue ?? null;
  const expired = useRef(onExpired);
  expired.current = onExpired;

  useEffect(() => {
    const loader = new FrameLoader();
    loaderRef.current = loader;
    setLoaderReady((n) => n + 1);
    return () => {
      loader.close();
      loaderRef.current = null;
    };
  }, []);

  const maskAt = index.masks.find((m) => m.channel === index.channel) ?? index.masks[0];
  const maskKey = maskAt ? `${maskAt.offset}:${maskAt.sizeBytes}` : null;
  const maskRef = useRef(maskAt);
  maskRef.current = maskAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address of the mask changes with every signature, the mask itself with its key
  useEffect(() => {
    const loader = loaderRef.current;
    const location = maskRef.current;
    if (!loader || !location) return;
    let gone = false;
    loader
      .load(`mask:${maskKey}`, location, location, { saturation: null })
      .then((bits) => {
        if (gone) return;
        const reduced = reducePixelMask(bits.pixels);
        loader.setMask(reduced);
        setMask({ reduced, bits });
      })
      .catch((problem: unknown) => {
        if (!gone && problem instanceof FrameLoadError && problem.reason === 'expired') expired.current();
      });
    return () => {
      gone = true;
    };
  }, [maskKey, loaderReady]);

  const previous = useRef(frameNumber);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new mask means frames are loaded anew, without it in their statistics
  useEffect(() => {
    const loader = loaderRef.current;
    if (!loader || !channel) return;
    const forward = frameNumber >= previous.current ? 1 : -1;
    previous.current = frameNumber;
    const location = locator.locate(frameNumber);
    if (!location) {
      setShown(null);
      setStatus({ kind: 'not-stored' });
      return;
    }
    const abort = new AbortController();
    const keyOf = (n: number) => `${index.datasetId}/${channel.name}/${n}`;
    const known = loader.peek(keyOf(frameNumber));
    if (known) {
      setShown({ frame: known, number: frameNumber });
      setStatus({ kind: 'shown' });
    } else setStatus({ kind: 'loading' });
    loader
      .load(keyOf(frameNumber), location, channel, { saturation, signal: abort.signal })
      .then((frame) => {
        if (abort.signal.aborted) return;
        setShown({ frame, number: frameNumber });
        setStatus({ kind: 'shown' });
        for (let step = 1; step <= PREFETCH; step++) {
          const next = frameNumber + forward * step;
          const ahead = next >= 0 ? locator.locate(next) : null;
          if (ahead && !loader.peek(keyOf(next)))
            loader.load(keyOf(next), ahead, channel, { saturation, signal: abort.signal }).catch(ignoreAhead);
        }
      })
      .catch((problem: unknown) => {
        if (abort.signal.aborted) return;
        if (problem instanceof FrameLoadError && problem.reason === 'expired') expired.current();
        else {
          setShown((now) => (now?.number === frameNumber ? now : null));
          setStatus({
            kind: 'failed',
            message: problem instanceof Error ? problem.message : String(problem),
          });
        }
      });
    return () => abort.abort();
  }, [frameNumber, locator, channel?.name, index.datasetId, saturation, loaderReady, mask]);

  return { frame: shown?.frame ?? null, shownFrame: shown?.number ?? null, status, mask, locator };
}

/** A frame fetched ahead that fails is asked for again, with its fault shown, when it is looked at. */
function ignoreAhead(): void {
  return;
}
