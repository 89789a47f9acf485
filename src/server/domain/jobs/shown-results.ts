/** Results that a page shows, by their endings, with the type they are answered as. */
const SHOWN_TYPES: Readonly<Record<string, string>> = {
  ...{ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' },
  ...{ svg: 'image/svg+xml', html: 'text/html; charset=utf-8', htm: 'text/html; charset=utf-8' },
};
/** Reports of DIALS with everything in them are about 10 MB. */
const MAX_SHOWN_BYTES = 32 * 1024 * 1024;

/** Null for what is not shown but downloaded. */
export function shownType(name: string): string | null {
  const ending = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase();
  return (ending !== undefined && Object.hasOwn(SHOWN_TYPES, ending) && SHOWN_TYPES[ending]) || null;
}

/** Files of spots are no pages: the viewer reads them, those of a run that goes on before they are stored. */
const isSpots = (name: string): boolean => name.endsWith('.spots');
/** Of what is kept of a run that goes on: as what it is answered; null for what is not kept. */
export const keptType = (name: string): string | null =>
  isSpots(name) ? 'application/octet-stream' : shownType(name);

export const isShown = (file: { name: string; sizeBytes: number }): boolean =>
  shownType(file.name) !== null && file.sizeBytes > 0 && file.sizeBytes <= MAX_SHOWN_BYTES;
