'use client';
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';

/** A list of things of one kind that are edited in place, one below the other, in an order of their own. */
export function LineList<Line extends { key: string }>({
  title,
  hint,
  what,
  lines,
  fresh,
  onChange,
  children,
}: {
  title: string;
  hint: string;
  /** "input", for the buttons. */
  what: string;
  lines: readonly Line[];
  fresh: () => Line;
  onChange: (lines: Line[]) => void;
  children: (line: Line, change: (part: Partial<Line>) => void) => ReactNode;
}) {
  const swap = (index: number, other: number) => {
    const moved = [...lines];
    [moved[index], moved[other]] = [moved[other]!, moved[index]!];
    onChange(moved);
  };
  return (
    <Card>
      <CardHeader title={title} hint={hint}>
        <Button size="sm" onClick={() => onChange([...lines, fresh()])}>
          <Plus aria-hidden /> Add {what}
        </Button>
      </CardHeader>
      {lines.length > 0 && (
        <ol className="divide-y">
          {lines.map((line, index) => (
            <li key={line.key} className="flex items-start gap-2 px-3 py-2.5">
              <div className="min-w-0 flex-1">
                {children(line, (part) =>
                  onChange(lines.map((each) => (each === line ? { ...each, ...part } : each))),
                )}
              </div>
              <div className="grid shrink-0 gap-0.5">
                <Button
                  look="quiet"
                  size="icon-sm"
                  aria-label={`Remove ${what} ${index + 1}`}
                  onClick={() => onChange(lines.filter((each) => each !== line))}
                >
                  <Trash2 aria-hidden />
                </Button>
                <Button
                  look="quiet"
                  size="icon-sm"
                  aria-label={`Move ${what} ${index + 1} up`}
                  disabled={index === 0}
                  onClick={() => swap(index, index - 1)}
                >
                  <ArrowUp aria-hidden />
                </Button>
                <Button
                  look="quiet"
                  size="icon-sm"
                  aria-label={`Move ${what} ${index + 1} down`}
                  disabled={index === lines.length - 1}
                  onClick={() => swap(index, index + 1)}
                >
                  <ArrowDown aria-hidden />
                </Button>
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
