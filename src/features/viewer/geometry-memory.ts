import type { GeometryOverride } from './detector-plane.ts';
import { geometryFromLink, geometryToLink } from './viewer-link.ts';

/** Corrections of a dataset's geometry kept in this browser; links and files are not touched by it. */
const keyOf = (datasetId: string) => `beamdeck-geometry:${datasetId}`;

/** Null when nothing is kept, or the browser keeps nothing. */
export function keptGeometry(datasetId: string): GeometryOverride | null {
  try {
    const text = window.localStorage.getItem(keyOf(datasetId));
    const geometry = text === null ? {} : geometryFromLink(new URLSearchParams(text));
    return Object.keys(geometry).length > 0 ? geometry : null;
  } catch {
    return null;
  }
}

/** False when the browser refuses to keep it. An empty correction forgets what was kept. */
export function keepGeometry(datasetId: string, geometry: GeometryOverride): boolean {
  const query = new URLSearchParams();
  geometryToLink(geometry, query);
  try {
    if (query.size === 0) window.localStorage.removeItem(keyOf(datasetId));
    else window.localStorage.setItem(keyOf(datasetId), query.toString());
    return true;
  } catch {
    return false;
  }
}
