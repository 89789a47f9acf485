'use client';
import { useEffect } from 'react';

/** Keeps the screen on while the page is shown, where the browser can. Given back by the browser whenever the page is hidden, so asked for again. */
export function useWakeLock(): void {
  useEffect(() => {
    let sentinel: WakeLockSentinel | null = null;
    let isGone = false;
    const ask = async () => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
      try {
        sentinel = await navigator.wakeLock.request('screen');
        if (isGone) await sentinel.release();
      } catch {
        // Refused by a battery that is low, or by a policy: the display works as well on a screen that is kept on otherwise.
      }
    };
    void ask();
    document.addEventListener('visibilitychange', ask);
    return () => {
      isGone = true;
      document.removeEventListener('visibilitychange', ask);
      void sentinel?.release();
    };
  }, []);
}
