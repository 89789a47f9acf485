/** Reports that are shown in the app; larger ones are for downloading. */
export const REPORT_BYTES = 30 * 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
};

/** The type of a report by its name; null for everything else, which is never given as a page. */
export function reportType(name: string): string | null {
  const extension = /\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(TYPES, extension) ? TYPES[extension]! : null;
}
