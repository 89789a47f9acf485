'use client';
import { QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { setServerTime, useNow } from '#src/components/clock.ts';
import type { Moment } from '../connection.ts';
import { useWakeLock } from './use-wake-lock.ts';
import { createWallQueries, useWall } from './wall-client.ts';
import { WallDisplay } from './wall-display.tsx';

/** Everything in em of a size that follows the screen: on a full-HD one of 55 inches the smallest letters are read from four metres. */
const GROUND = 'min-h-dvh bg-ground text-[clamp(13px,2.6vmin,64px)] text-ink leading-tight';

function Message({ title, text }: { title: string; text: string }) {
  return (
    <div className="mx-auto grid min-h-dvh max-w-[32em] content-center gap-[0.6em] p-[1em] text-center">
      <h1 className="font-semibold text-[1.8em]">{title}</h1>
      <p className="text-ink-soft">{text}</p>
    </div>
  );
}

function Wall({ slug }: { slug: string }) {
  const { view, isRefused, refusal, isLost } = useWall(slug);
  useWakeLock();
  // No live connection tells the time here: the answers do.
  useEffect(() => {
    if (view) setServerTime(view.at.getTime());
  }, [view]);
  const nowMs = useNow();
  if (isRefused) return <Message title="This display shows nothing" text={refusal ?? ''} />;
  if (!view) {
    return isLost ? (
      <Message title="No connection to the server" text="It is tried again every few seconds." />
    ) : (
      <Message title="…" text="" />
    );
  }
  const moment: Moment = { now: new Date(nowMs), answeredAt: view.at, isServerLost: isLost };
  return <WallDisplay view={view} moment={moment} />;
}

/** An instrument for a screen on a wall: large, dark, without navigation and controls; goes on by itself whatever happens. */
export function WallPage({ slug }: { slug: string }) {
  const [queries] = useState(createWallQueries);
  return (
    <QueryClientProvider client={queries}>
      <main data-always-dark className={GROUND}>
        <Wall slug={slug} />
      </main>
    </QueryClientProvider>
  );
}
