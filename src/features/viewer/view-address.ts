import { useEffect } from 'react';
import { keptGeometry } from './geometry-memory.ts';
import { viewerStateFromUrl, viewerStateToUrl } from './viewer-link.ts';
import type { ViewerState, ViewerStore } from './viewer-store.ts';

/** Between the last change of the view and the address saying so; browsers refuse more than about 100 changes in 30 s. */
const ADDRESS_DELAY_MS = 400;

/** @param basePath without the image number */
export function viewAddress(basePath: string, state: ViewerState): string {
  const query = viewerStateToUrl(state).toString();
  return `${basePath}/${state.frame + 1}${query ? `?${query}` : ''}`;
}

/** What a link says; where it says nothing of the geometry, what this browser keeps of it. @param id of what is shown */
export function stateOfAddress(id: string): Partial<ViewerState> {
  if (typeof window === 'undefined') return {};
  const said = viewerStateFromUrl(new URLSearchParams(window.location.search));
  const kept = said.geometry ? null : keptGeometry(id);
  return { ...said, ...(kept ? { geometry: kept } : {}) };
}

/** Keeps the address saying what is seen. The router gives up a navigation during which the address is written: so it is written before one begins, and never for nothing. */
export function useViewInAddress(store: ViewerStore, basePath: string): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const write = () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      const address = viewAddress(basePath, store.getState());
      const { pathname, search } = window.location;
      if (address !== pathname + search) window.history.replaceState(null, '', address);
    };
    const stop = store.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(write, ADDRESS_DELAY_MS);
    });
    window.addEventListener('click', write, true);
    return () => {
      stop();
      clearTimeout(timer);
      window.removeEventListener('click', write, true);
    };
  }, [store, basePath]);
}
