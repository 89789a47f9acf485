'use client';
import { cn } from '#src/components/class-names.ts';
import { type LogRow, type LogSpan, markFound, type TerminalLook } from './log-rows.ts';

export const LOG_ROW_PX = 20;

/** The colours of terminals in those of the product, which are legible on both grounds. Black and white are the text itself. */
const COLOURS = ['', 'text-failed', 'text-ok', 'text-warn', 'text-accent', 'text-queued', 'text-running', ''];
const GROUNDS = [
  ...['', 'bg-failed/15', 'bg-ok/15', 'bg-warn/15', 'bg-accent/15', 'bg-queued/15', 'bg-running/15'],
  'bg-ink/10',
];

const lookClasses = (look: TerminalLook): string =>
  cn(
    look.colour !== null && (look.colour === 8 ? 'text-ink-faint' : COLOURS[look.colour % 8]),
    look.behind !== null && GROUNDS[look.behind % 8],
    look.bold && 'font-semibold',
    look.faint && 'text-ink-faint',
    look.italic && 'italic',
    look.underlined && 'underline',
  );

function Span({ span }: { span: LogSpan }) {
  const classes = lookClasses(span.look);
  if (span.found) return <mark className={cn('rounded-sm bg-warn/30 text-ink', classes)}>{span.text}</mark>;
  return classes === '' ? span.text : <span className={classes}>{span.text}</span>;
}

/** One row: its number where a line begins, its text, what is searched for marked. */
export function LogLine({
  row,
  wanted,
  current,
  digits,
}: {
  row: LogRow;
  wanted: string;
  /** The one that a search has led to. */
  current: boolean;
  digits: number;
}) {
  const spans = markFound(row.spans, wanted);
  return (
    <div className={cn('flex h-full w-max min-w-full pr-3', current && 'bg-accent/15')}>
      <span
        aria-hidden
        className="sticky left-0 shrink-0 select-none border-r bg-sunken px-2 text-right text-ink-faint tabular-nums"
        style={{ width: `calc(${digits}ch + 1rem)` }}
      >
        {row.part === 0 ? row.line + 1 : '↳'}
      </span>
      <span className="whitespace-pre pl-2">
        {spans.map((span, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: spans have no name but their place
          <Span key={index} span={span} />
        ))}
      </span>
    </div>
  );
}
