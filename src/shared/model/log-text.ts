/**
 * The text of a log as a reader sees it: terminals' codes say colours, and a line rewritten with carriage returns stands as it stood last.
 * The same on the server, which searches, and in the browser, which shows.
 */

/** Codes of terminals begin with ESC. The first kind says how text looks, by the numbers in its group; then other codes with parameters, titles and links, and those of one letter. */
export const TERMINAL_CODES = new RegExp(
  [
    '\\u001b\\[([0-9;:]*)m',
    '\\u001b\\[[0-?]*[ -/]*[@-~]',
    '\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)',
    '\\u001b[@-Z\\\\^_]',
  ].join('|'),
  'g',
);

/** Of a line without its end: what stands there last. */
export function lastWritten(line: string): string {
  const end = line.endsWith('\r') ? line.length - 1 : line.length;
  return line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
}

export const withoutCodes = (line: string): string => line.replaceAll(TERMINAL_CODES, '');
