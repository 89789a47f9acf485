'use client';

import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { byteLength } from '#src/shared/model/dtype.ts';
import { FrameLoadError, FrameLoader, type LoadedFrame } from './frame-loader.ts';
import { FrameLocator } from './frame-locator.ts';
import { stretchOf } from './frame-stretch.ts';
import { linkSpeed } from './link-speed.ts';
import { overviewFactor } from './overview-factor.ts';
import { prefetchPlan, type Visit } from './prefetch-plan.ts';
import { maskKeyOf, type ShownMask, usePixelMask } from './use-pixel-mask.ts';
import type { ViewerStore } from './viewer-store.ts';

export type FrameStatus =
  | { kind: 'loading' }
  | { kind: 'shown' }
  | { kind: 'not-stored' }
  | { kind: 'failed'; message: string };

/** What is fetched ahead must not push out what it was fetched for. */
const AHEAD_SHARE = 0.5;
/** On a slow link a frame is fetched once nobody has stepped on for this long; until then there is its preview. */
const REST_MS = 300;

export interface DisplayedFrame {
  /** The last frame that was shown: stays while the next is on its way, goes when that is not stored or cannot be loaded. */
  frame: LoadedFrame | null;
  /** 0-based id of `frame`. */
  shownFrame: number | null;
  /** How many frames `frame` was made of. */
  stacked: number;
  /** Channel and stack of `frame`: its contrast suits all frames of the same. */
  madeOf: string;
  status: FrameStatus;
  /** Frames take long to come: previews go before. */
  isLinkSlow: boolean;
  mask: ShownMask | null;
  locator: FrameLocator;
}

interface Shown {
  frame: LoadedFrame;
  number: number;
  stacked: number;
  madeOf: string;
}

/** The loader lives as long as the viewer: made in an effect, for workers exist in browsers only. */
function useFrameLoader(): FrameLoader | null {
  const [loader, setLoader] = useState<FrameLoader | null>(null);
  useEffect(() => {
    const made = new FrameLoader();
    setLoader(made);
    return () => made.close();
  }, []);
  return loader;
}

/**
 * Loads the frame the store names, or the stack that begins with it, cancels what was overtaken, fetches ahead, and keeps the pixel mask ready.
 * @param onExpired called when the signed addresses have become too old: fetch the index again
 */
export function useDisplayedFrame(
  index: FrameIndex,
  store: ViewerStore,
  onExpired: () => void,
): DisplayedFrame {
  const frameNumber = useStore(store, (state) => state.frame);
  const stack = useStore(store, (state) => state.stack);
  const loader = useFrameLoader();
  const [shown, setShown] = useState<Shown | null>(null);
  const [status, setStatus] = useState<FrameStatus>({ kind: 'loading' });
  const [isLinkSlow, setLinkSlow] = useState(false);
  const locator = useMemo(() => new FrameLocator(index.files), [index.files]);
  const channel = index.channels.find((c) => c.name === index.channel) ?? index.channels[0];
  const saturation = index.geometry.saturationValue ?? null;
  const mask = usePixelMask(index, loader, onExpired);
  const maskKey = maskKeyOf(index);
  const expired = useRef(onExpired);
  expired.current = onExpired;
  const visits = useRef<Visit[]>([]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new mask means frames are loaded anew, without it in their statistics
  useEffect(() => {
    if (!loader || !channel) return;
    if (visits.current.at(-1)?.frame !== frameNumber)
      visits.current = [...visits.current.slice(-1), { frame: frameNumber, atMs: performance.now() }];
    const stretch = stretchOf(locator, frameNumber, stack.frames);
    const [first] = stretch;
    if (!first) {
      setShown(null);
      setStatus({ kind: 'not-stored' });
      return;
    }
    let isOvertaken = false;
    const keyOf = (n: number) => `${index.datasetId}/${channel.name}/${n}`;
    const isStack = stack.frames > 1;
    const madeOf = isStack ? `${channel.name} ${stack.kind} ${stack.frames}` : channel.name;
    const key = isStack
      ? `${stack.kind} of ${stretch.map(({ frame }) => keyOf(frame)).join(' ')}`
      : keyOf(frameNumber);
    const frameBytes = channel.shape[0] * channel.shape[1] * byteLength(channel.dtype);
    const budgetBytes = loader.budgetBytes * AHEAD_SHARE;
    const ahead = isStack
      ? []
      : prefetchPlan(visits.current, { frames: locator.end, frameBytes, budgetBytes }).filter((n) =>
          locator.locate(n),
        );
    loader.keepOnly(new Set([key, ...ahead.map(keyOf), ...(maskKey === null ? [] : [maskKey])]));

    const isSlow = linkSpeed.isSlowFor(stretch.reduce((sum, { location }) => sum + location.sizeBytes, 0));
    setLinkSlow(isSlow);
    const options = { saturation, overviewFactor: overviewFactor(channel.shape) };

    const show = (frame: LoadedFrame) => {
      setShown({ frame, number: frameNumber, stacked: stretch.length, madeOf });
      setStatus({ kind: 'shown' });
    };
    const known = loader.peek(key);
    if (known) show(known);
    else setStatus({ kind: 'loading' });
    const load = () =>
      isStack
        ? loader.loadStack(
            key,
            stretch.map(({ frame, location }) => ({ ...location, key: keyOf(frame) })),
            channel,
            { ...options, how: stack.kind },
          )
        : loader.load(key, first.location, channel, { ...options, isUrgent: true });
    const waits = isSlow && !known && !loader.isUnderWay(key) && !store.getState().playing;
    const begin = () =>
      load()
        .then((frame) => {
          if (isOvertaken) return;
          if (frame !== known) show(frame);
          for (const next of ahead)
            loader.load(keyOf(next), locator.locate(next)!, channel, options).catch(ignoreAhead);
        })
        .catch((problem: unknown) => {
          if (isOvertaken) return;
          const reason = problem instanceof FrameLoadError ? problem.reason : 'broken';
          if (reason === 'expired') expired.current();
          else if (reason !== 'cancelled') {
            setShown((now) => (now?.number === frameNumber ? now : null));
            setStatus({
              kind: 'failed',
              message: problem instanceof Error ? problem.message : String(problem),
            });
          }
        });
    const timer = waits ? setTimeout(begin, REST_MS) : undefined;
    if (!waits) void begin();
    return () => {
      isOvertaken = true;
      clearTimeout(timer);
    };
  }, [frameNumber, stack, locator, channel?.name, index.datasetId, saturation, loader, mask]);

  return {
    frame: shown?.frame ?? null,
    shownFrame: shown?.number ?? null,
    stacked: shown?.stacked ?? 1,
    madeOf: shown?.madeOf ?? '',
    status,
    isLinkSlow,
    mask,
    locator,
  };
}

/** A frame fetched ahead that fails is asked for again, with its fault shown, when it is looked at. */
function ignoreAhead(): void {
  return;
}
