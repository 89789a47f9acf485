/** Bytes of a text that are read at once. */
export const WINDOW_BYTES = 128 * 1024;

/** The windows a text is looked at in: where each begins. The last one ends with the text. */
export function windowAt(offset: number, sizeBytes: number): { first: number; last: number } {
  const first = Math.max(0, Math.min(offset, sizeBytes - WINDOW_BYTES));
  return { first, last: Math.min(sizeBytes, first + WINDOW_BYTES) - 1 };
}

/**
 * What of a window is shown: whole lines, where it does not begin or end with the file; UTF-8, with what is none shown as such. A window without any line
 * end is shown whole.
 */
export function wholeLines(
  bytes: Uint8Array,
  { isStart, isEnd }: { isStart: boolean; isEnd: boolean },
): string {
  const LINE_FEED = 10;
  const begin = isStart ? 0 : bytes.indexOf(LINE_FEED) + 1;
  const end = isEnd ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
  const part = begin < end ? bytes.subarray(begin, end) : bytes;
  // Fatal faults in a log (a null byte, half a character) are no reason to show nothing of it.
  return new TextDecoder('utf-8').decode(part).replaceAll('\0', '␀');
}
