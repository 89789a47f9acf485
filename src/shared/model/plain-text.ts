import { z } from 'zod';

/** Line breaks and tabs are for texts of several lines; every other control character is for none. */
const CONTROL = /\p{Cc}/u;
const CONTROL_BUT_LINES = /[^\P{Cc}\n\t]/u;
/** Embeddings, overrides and isolates turn the reading order of what stands around them. The marks (U+200E, U+200F) that real names need stay. */
const BIDI_FRAME = /[\u202A-\u202E\u2066-\u2069]/u;
/** A character that people see may be many code units (a flag, a family, stacked marks), but not without end. */
const UNITS_PER_GRAPHEME = 16;

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** How many characters a person sees: a flag or a letter with its marks is one. */
export function graphemes(text: string): number {
  let count = 0;
  for (const _ of segmenter.segment(text)) count += 1;
  return count;
}

interface TextLimits {
  /** In characters as people see them. */
  max: number;
  /** Said when nothing is left; without it the text may be empty. */
  empty?: string;
  /** Keeps line breaks and tabs; else every run of white space is one space. */
  lines?: boolean;
}

/** A fault of the text in one sentence, or null. The text is normalised. */
function faultOf(text: string, { max, empty, lines = false }: TextLimits): string | null {
  if (text === '' && empty !== undefined) return empty;
  if (!text.isWellFormed()) return 'This holds half a character: type it again.';
  if ((lines ? CONTROL_BUT_LINES : CONTROL).test(text))
    return 'This holds a control character: type it anew.';
  if (BIDI_FRAME.test(text))
    return 'This holds an invisible character that turns the reading direction: type it anew.';
  if (text.length > max * UNITS_PER_GRAPHEME || graphemes(text) > max) return `At most ${max} characters.`;
  return null;
}

/** As it is kept: Unicode NFC, trimmed, without byte order marks. */
export function normalText(typed: string, lines = false): string {
  const text = typed.normalize('NFC').replaceAll('\uFEFF', '');
  return lines ? text.replaceAll(/\r\n?/g, '\n').trim() : text.replaceAll(/\s+/gu, ' ').trim();
}

/**
 * Text that people type, in any script: kept as Unicode NFC (UAX #15), so that the same name typed on two machines is the same name; its length counted
 * in extended grapheme clusters (UAX #29); without control characters and without such that turn the reading direction.
 */
export function plainText(limits: TextLimits) {
  return z.string().transform((typed, context) => {
    const text = normalText(typed, limits.lines);
    const fault = faultOf(text, limits);
    if (fault === null) return text;
    context.addIssue({ code: 'custom', message: fault });
    return z.NEVER;
  });
}
