'use client';
import { useState } from 'react';

interface Switch<T> {
  value: T;
  since: Date;
}

/**
 * A switch as its page shows it: what was asked for from the press on, and what the server tells as soon as it tells of another
 * turn than the one it was asked over. Between the answer to the press and the next look the old state never shows again, so
 * nobody presses a button that changes its meaning under the pointer.
 */
export function useAsked<T>(told: Switch<T>) {
  const [asked, setAsked] = useState<(Switch<T> & { over: number }) | null>(null);
  const isAhead = asked !== null && asked.over === told.since.getTime();
  return {
    shown: isAhead ? (asked as Switch<T>) : told,
    ask: (value: T, at: Date) => setAsked({ value, since: at, over: told.since.getTime() }),
    /** The server refused: what it tells holds. */
    takeBack: () => setAsked(null),
  };
}
