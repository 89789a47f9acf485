import { lastWritten, withoutCodes } from '../../../shared/model/log-text.ts';
import { type LogPiece, lineEndsIn } from './job-log.repository.ts';

export interface LogHit {
  /** The piece in which its line ends. */
  seq: number;
  /** Lines before it in the whole log. */
  line: number;
  /** The line around what was found, without terminal codes. */
  text: string;
}

/** From here on back a log has not been searched yet. */
export interface LogSearchPlace {
  seq: number;
  line: number;
}

/** So much of a line's beginning in earlier pieces is looked at together with its end. */
export const LINE_BEGIN_CHARACTERS = 4096;
const EXCERPT_BEFORE = 60;
const EXCERPT_CHARACTERS = 240;

/** What stands around the text in a line as it is shown; null where it does not stand. */
function excerptOf(line: string, wanted: string): string | null {
  const shown = withoutCodes(lastWritten(line));
  const at = shown.toLowerCase().indexOf(wanted);
  if (at < 0) return null;
  const from = Math.max(0, at - EXCERPT_BEFORE);
  return shown.slice(from, from + Math.max(EXCERPT_CHARACTERS, wanted.length + EXCERPT_BEFORE));
}

/**
 * The lines of some pieces of a log that contain a text, capitals or not, in order. `before` is what stands in front of the first piece since the last
 * line end. A line belongs to the piece in which it ends. What is behind the last line end is looked at with the pieces that follow;
 * `isEnd`: there are none. Of a line that is longer than what is taken along to them (`LINE_BEGIN_CHARACTERS`), the rest is looked at here.
 */
export function searchPieces(
  pieces: readonly Pick<LogPiece, 'seq' | 'text' | 'endLine'>[],
  input: { text: string; before: string; isEnd: boolean },
): LogHit[] {
  const wanted = input.text.toLowerCase();
  const hits: LogHit[] = [];
  let open = input.before;
  const look = (line: number, seq: number, text: string) => {
    const found = excerptOf(text, wanted);
    if (found !== null) hits.push({ seq, line, text: found });
  };
  for (const { seq, text, endLine } of pieces) {
    let line = endLine - lineEndsIn(text);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      look(line, seq, open + text.slice(from, end));
      open = '';
      from = end + 1;
      line++;
    }
    open += text.slice(from);
  }
  const last = pieces.at(-1);
  if (!last) return hits;
  const taken = input.isEnd ? 0 : Math.max(0, LINE_BEGIN_CHARACTERS - input.text.length + 1);
  if (open.length > taken) look(last.endLine, last.seq, open.slice(0, open.length - taken));
  return hits;
}
