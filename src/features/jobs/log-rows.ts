import { lastWritten, TERMINAL_CODES } from '#src/shared/model/log-text.ts';

/** How terminals are told to show text: the colours by their number, 0 to 15. */
export interface TerminalLook {
  colour: number | null;
  behind: number | null;
  bold: boolean;
  faint: boolean;
  italic: boolean;
  underlined: boolean;
}
export const PLAIN: TerminalLook = {
  ...{ colour: null, behind: null, bold: false, faint: false, italic: false, underlined: false },
};

export interface LogSpan {
  text: string;
  look: TerminalLook;
  /** It is what is searched for. */
  found?: boolean;
}

/** A row on the screen: a line of the log, or a part of one that is very long. */
export interface LogRow {
  /** Lines before it in the whole log. */
  line: number;
  part: number;
  spans: LogSpan[];
}

/** Longer lines go on in the next row: a browser draws what is far out of sight too. */
export const ROW_CHARACTERS = 1000;

/** A step of the colour cube of 256 as the one of 16 it is nearest to: those are legible on both grounds. */
function ofSixteen(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  if (most < 64) return 0;
  const least = Math.min(red, green, blue);
  if (most - least < 48) return most > 200 ? 15 : most > 110 ? 7 : 8;
  const on = (value: number) => value > (most + least) / 2;
  return (most > 200 ? 8 : 0) + (on(red) ? 1 : 0) + (on(green) ? 2 : 0) + (on(blue) ? 4 : 0);
}

function ofPalette(index: number): number {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return ofSixteen(grey, grey, grey);
  }
  const step = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return ofSixteen(step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6));
}

/** What follows on a sequence of numbers as `ESC[1;31m` has them (ECMA-48, SGR). */
export function lookAfter(before: TerminalLook, numbers: readonly number[]): TerminalLook {
  let look = { ...before };
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index]!;
    if (number === 38 || number === 48) {
      const [kind, a = 0, b = 0, c = 0] = numbers.slice(index + 1);
      const colour = kind === 5 ? ofPalette(a) : kind === 2 ? ofSixteen(a, b, c) : null;
      index += kind === 5 ? 2 : kind === 2 ? 4 : 1;
      if (number === 38) look.colour = colour;
      else look.behind = colour;
    } else if (number === 0) look = { ...PLAIN };
    else if (number === 1) look.bold = true;
    else if (number === 2) look.faint = true;
    else if (number === 3) look.italic = true;
    else if (number === 4) look.underlined = true;
    else if (number === 22) look = { ...look, bold: false, faint: false };
    else if (number === 23) look.italic = false;
    else if (number === 24) look.underlined = false;
    else if (number >= 30 && number <= 37) look.colour = number - 30;
    else if (number === 39) look.colour = null;
    else if (number >= 40 && number <= 47) look.behind = number - 40;
    else if (number === 49) look.behind = null;
    else if (number >= 90 && number <= 97) look.colour = number - 82;
    else if (number >= 100 && number <= 107) look.behind = number - 92;
  }
  return look;
}

/** What has no picture of its own gets the one that Unicode has for it; tabs stay. */
const UNSEEN = /(?!\t)\p{Cc}/gu;
const visible = (text: string) =>
  text.replaceAll(UNSEEN, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\ufffd';
  });

/** The pieces of a line that look alike; a look lasts beyond the end of the line. */
function spansOf(line: string, look: TerminalLook): { spans: LogSpan[]; look: TerminalLook } {
  if (!line.includes('\u001b')) return { spans: line === '' ? [] : [{ text: visible(line), look }], look };
  const spans: LogSpan[] = [];
  let now = look;
  let from = 0;
  for (const code of line.matchAll(TERMINAL_CODES)) {
    if (code.index > from) spans.push({ text: visible(line.slice(from, code.index)), look: now });
    from = code.index + code[0].length;
    // Without numbers it is a 0; another code leaves the look as it is.
    if (code[1] !== undefined) now = lookAfter(now, code[1].split(/[;:]/).map(Number));
  }
  if (from < line.length) spans.push({ text: visible(line.slice(from)), look: now });
  return { spans, look: now };
}

/** Spans cut into rows of at most ROW_CHARACTERS; at least one row. */
function rowsOf(line: number, spans: readonly LogSpan[]): LogRow[] {
  const rows: LogRow[] = [{ line, part: 0, spans: [] }];
  let room = ROW_CHARACTERS;
  for (const { text, look } of spans) {
    for (let from = 0; from < text.length; ) {
      if (room === 0) {
        rows.push({ line, part: rows.length, spans: [] });
        room = ROW_CHARACTERS;
      }
      const piece = text.slice(from, from + room);
      rows.at(-1)!.spans.push({ text: piece, look });
      room -= piece.length;
      from += piece.length;
    }
  }
  return rows;
}

/** The rows of a share of a log that begins after `firstLine` line ends. Nothing follows on the last line end, so no row does. */
export function logRows(text: string, firstLine: number): LogRow[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let look = PLAIN;
  return lines.flatMap((raw, index) => {
    // A look set in what was written over would be lost with it: rare, and it comes back with the next code.
    const made = spansOf(lastWritten(raw), look);
    look = made.look;
    return rowsOf(firstLine + index, made.spans);
  });
}

/** The same spans, cut where the text begins and ends that is searched for; capitals or not. */
export function markFound(spans: readonly LogSpan[], wanted: string): LogSpan[] {
  if (wanted === '') return [...spans];
  const whole = spans
    .map(({ text }) => text)
    .join('')
    .toLowerCase();
  const sought = wanted.toLowerCase();
  const cuts: number[] = [];
  for (let at = whole.indexOf(sought); at >= 0; at = whole.indexOf(sought, at + sought.length)) {
    cuts.push(at, at + sought.length);
  }
  if (cuts.length === 0) return [...spans];
  const marked: LogSpan[] = [];
  let place = 0;
  let cut = 0;
  for (const { text, look } of spans) {
    for (let from = 0; from < text.length; ) {
      while (cut < cuts.length && cuts[cut]! <= place) cut++;
      const until = Math.min(text.length - from, (cuts[cut] ?? Number.POSITIVE_INFINITY) - place);
      marked.push({ text: text.slice(from, from + until), look, found: cut % 2 === 1 });
      from += until;
      place += until;
    }
  }
  return marked;
}
