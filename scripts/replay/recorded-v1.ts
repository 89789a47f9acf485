import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * A Stream V1 series recorded part by part: `01.part`, `02.part` … in the order in which they came. Every message begins with a JSON
 * part whose `htype` says so (SIMPLON API, "stream": dheader-1.0, dimage-1.0, dseries_end-1.0); the parts up to the next one
 * belong to it.
 */

const FIRST_PARTS = new Set(['dheader-1.0', 'dimage-1.0', 'dseries_end-1.0']);
const TABLES: Readonly<Record<string, number>> = { 'dflatfield-1.0': 4, 'dpixelmask-1.0': 4 };

export interface RecordedMessage {
  /** File of its first part. */
  name: string;
  parts: Uint8Array[];
}

/** What is wrong with a recording, as a sentence. */
export class RecordingFault extends Error {}

type Header = Readonly<Record<string, unknown>>;

/** The JSON object in a part; null when it is something else. */
function headerIn(part: Uint8Array): Header | null {
  if (part[0] !== 0x7b) return null;
  try {
    return JSON.parse(Buffer.from(part).toString('utf8')) as Header;
  } catch {
    // Binary data may begin like one.
    return null;
  }
}

/** Zeros for a table (flat field or pixel mask) whose header came before; null when the header announces none. */
function emptyTable(before: Uint8Array | undefined): Uint8Array | null {
  const header = before && headerIn(before);
  const elementBytes = TABLES[String(header?.htype)];
  const shape = header?.shape;
  if (elementBytes === undefined || !Array.isArray(shape) || shape.length !== 2) return null;
  return new Uint8Array(elementBytes * Number(shape[0]) * Number(shape[1]));
}

/**
 * The messages in the order of their numbers. Flat field and mask, large and often left out of a recording, become zeros when their part is
 * not there; each is told to `note`. Throws RecordingFault when another part is missing, or the first is no beginning of a message.
 */
export function readRecordedV1(dir: string, note: (sentence: string) => void): RecordedMessage[] {
  const files = readdirSync(dir)
    .map((name) => ({ name, number: Number(/^(\d+)\.part$/.exec(name)?.[1] ?? Number.NaN) }))
    .filter(({ number }) => !Number.isNaN(number))
    .sort((a, b) => a.number - b.number);
  const messages: RecordedMessage[] = [];
  let due = files[0]?.number ?? 0;
  let before: Uint8Array | undefined;
  for (const { name, number } of files) {
    for (; due < number; due++) {
      const empty = emptyTable(before);
      if (empty === null)
        throw new RecordingFault(
          `Part ${due} is not in ${dir}, and only a flat field or a mask can be left out.`,
        );
      note(`Part ${due} is not there; zeros are sent in its place.`);
      messages.at(-1)!.parts.push(empty);
      before = empty;
    }
    due = number + 1;
    const part = new Uint8Array(readFileSync(join(dir, name)));
    if (FIRST_PARTS.has(String(headerIn(part)?.htype))) messages.push({ name, parts: [part] });
    else if (messages.length > 0) messages.at(-1)!.parts.push(part);
    else throw new RecordingFault(`${name} is not the beginning of a Stream V1 message.`);
    before = part;
  }
  return messages;
}

/** The number of the series that the message belongs to; null when it does not say. */
export function seriesOfV1({ parts }: RecordedMessage): number | null {
  const series = headerIn(parts[0]!)?.series;
  return typeof series === 'number' ? series : null;
}

/** The same message of a series with another number. */
export function withSeriesV1({ parts }: RecordedMessage, series: number): Uint8Array[] {
  const header = { ...headerIn(parts[0]!), series };
  return [new TextEncoder().encode(JSON.stringify(header)), ...parts.slice(1)];
}
