export interface DecodedText {
  text: string;
  /** As people know it; told, so that a wrong guess is seen. */
  encoding: 'UTF-8' | 'UTF-16' | 'Latin-1';
}

const decode = (bytes: Uint8Array, encoding: string) =>
  new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);

/**
 * The text of a file that a spreadsheet wrote. UTF-16 begins with its byte order mark; whatever is well-formed UTF-8 is UTF-8 (texts in Latin-1
 * with any letter beyond ASCII are practically never); the rest is Latin-1, which browsers and spreadsheets take as windows-1252 (WHATWG
 * Encoding, section 4.2). Byte order marks are no part of the text.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return { text: decode(bytes, 'utf-16le'), encoding: 'UTF-16' };
  if (first === 0xfe && second === 0xff) return { text: decode(bytes, 'utf-16be'), encoding: 'UTF-16' };
  try {
    return { text: decode(bytes, 'utf-8'), encoding: 'UTF-8' };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(bytes), encoding: 'Latin-1' };
  }
}
