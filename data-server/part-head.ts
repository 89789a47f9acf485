import type { AnnouncedPart, PartGrant } from '#src/server/storage/served-store.port.ts';
import { announcedPart } from './receive-part.ts';

const START = 'PUT /part/';
const END = '\r\n\r\n';
const REQUEST_LINE = /^PUT (\/part\/[!-~]{1,6000}) HTTP\/1\.1$/;
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([ -~]*?)[ \t]*$/;
/** Fields that change what the message is, or how it is to be answered. */
const SPECIAL = ['transfer-encoding', 'expect', 'upgrade', 'trailer', 'te', 'origin'];
const MAX_HEAD_BYTES = 16 * 1024;

export interface PlainPart {
  grant: PartGrant;
  announced: AnnouncedPart;
  /** Bytes of the head, the empty line included. */
  headBytes: number;
}

/**
 * Recognises the one kind of request that carries the mass of the bytes: a part PUT of the plainest form. `more` = the head is
 * not all there yet. `other` = anything else, odd or refused: Node's HTTP server is to read it from its first byte and to answer it.
 * So strictness costs nothing, and nothing is accepted here that Node would read differently.
 */
export function recognisePart(
  bytes: Buffer,
  verify: (url: URL) => PartGrant | null,
): PlainPart | 'more' | 'other' {
  const begin = bytes.toString('latin1', 0, START.length);
  if (begin !== START.slice(0, begin.length)) return 'other';
  const end = bytes.indexOf(END);
  if (end < 0) return bytes.length < MAX_HEAD_BYTES ? 'more' : 'other';
  if (end > MAX_HEAD_BYTES) return 'other';
  const [requestLine, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const target = REQUEST_LINE.exec(requestLine!)?.[1];
  const headers = target && parseFields(lines);
  if (!headers) return 'other';
  const url = URL.parse(`http://data${target}`);
  const grant = url && verify(url);
  if (!grant) return 'other';
  try {
    return { grant, announced: announcedPart(headers, grant), headBytes: end + END.length };
  } catch {
    // Refused; the answer is given where all refusals are given.
    return 'other';
  }
}

function parseFields(lines: readonly string[]): Record<string, string> | null {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const found = FIELD.exec(line);
    if (!found) return null;
    const name = found[1]!.toLowerCase();
    if (name in headers || SPECIAL.includes(name)) return null;
    headers[name] = found[2]!;
  }
  const { host, connection = 'keep-alive' } = headers;
  return host !== undefined && connection.toLowerCase() === 'keep-alive' ? headers : null;
}
