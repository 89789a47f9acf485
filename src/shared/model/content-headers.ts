/** Types a browser may show. Everything else, HTML and SVG above all, is bytes. */
const SHOWN_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  txt: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
  csv: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

export function contentType(key: string): string {
  const extension = /\.([a-z0-9]+)$/i.exec(key)?.[1]?.toLowerCase();
  return (extension && SHOWN_TYPES[extension]) || 'application/octet-stream';
}

/** Content-Disposition of a download: RFC 6266 with RFC 5987 encoding; quotes and controls cannot occur in the percent-encoded form. */
export function attachment(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}

/** An address of raw data always means the same bytes: a new version of a file has another. Results may be replaced by a later run. */
export const cacheControl = (key: string): string =>
  key.split('/').includes('raw') ? 'private, max-age=86400, immutable' : 'private, no-cache';
