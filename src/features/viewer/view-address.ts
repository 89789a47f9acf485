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

export function useViewInAddress(store: ViewerStore, basePath: string): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = store.subscribe((state) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        window.history.replaceState(null, '', viewAddress(basePath, state));
      }, ADDRESS_DELAY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store, basePath]);
}
