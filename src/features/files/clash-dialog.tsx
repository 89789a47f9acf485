'use client';
import { formatBytes, formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogFooter } from '#src/components/ui/dialog.tsx';
import type { TakenName } from '#src/server/domain/ingest/person-uploads.ts';
import type { Clash, ClashAnswer } from './use-put-files.ts';

const SHOWN = 8;

function words(name: TakenName, sizeBytes: number): string {
  if (name.by === 'folder') return 'a folder has this name';
  if (name.by === 'file-above') return `${name.above} is a file`;
  const size = `${formatBytes(name.sizeBytes)} there, ${formatBytes(sizeBytes)} yours`;
  return name.mayRewrite ? size : `${size}; not put there by a person, stays as it is`;
}

/** Asks once what is to be done with files whose names are taken. Nothing has been sent yet. */
export function ClashDialog({
  clash,
  onAnswer,
}: {
  clash: Clash | null;
  onAnswer: (answer: ClashAnswer | null) => void;
}) {
  const rows = clash?.files.filter(({ path }) => clash.taken.has(path)) ?? [];
  const free = (clash?.files.length ?? 0) - rows.length;
  const rewritable = rows.filter(({ path }) => {
    const name = clash?.taken.get(path);
    return name?.by === 'file' && name.mayRewrite;
  }).length;
  return (
    <Dialog open={clash !== null} onOpenChange={(open) => !open && onAnswer(null)}>
      <DialogContent
        title={
          rows.length === 1
            ? `${rows[0]?.file.name} is there already`
            : `${formatCount(rows.length)} names are taken`
        }
        description={
          free === 0
            ? 'Nothing has been sent yet.'
            : `Nothing has been sent yet; ${formatCount(free)} other ${free === 1 ? 'file has a free name and is' : 'files have free names and are'} sent in any case.`
        }
      >
        <ul className="max-h-56 divide-y overflow-y-auto rounded-md border text-xs">
          {rows.slice(0, SHOWN).map(({ path, file }) => (
            <li key={path} className="grid gap-0.5 px-2 py-1">
              <span className="wrap-anywhere font-mono">{path}</span>
              <span className="text-ink-soft">{words(clash!.taken.get(path)!, file.size)}</span>
            </li>
          ))}
          {rows.length > SHOWN && (
            <li className="px-2 py-1 text-ink-soft">and {formatCount(rows.length - SHOWN)} more</li>
          )}
        </ul>
        {rewritable > 0 && (
          <p className="text-ink-soft text-sm">
            A new version takes the place of the file; its former content is kept and can be downloaded.
            {rewritable < rows.length &&
              ` Possible for ${formatCount(rewritable)} of them: of the others both are kept.`}
          </p>
        )}
        <DialogFooter>
          <Button look="quiet" onClick={() => onAnswer(null)}>
            Cancel
          </Button>
          <Button onClick={() => onAnswer('skip')}>{free === 0 ? 'Skip' : 'Skip these'}</Button>
          {rewritable > 0 && <Button onClick={() => onAnswer('version')}>New version</Button>}
          <Button look="primary" onClick={() => onAnswer('number')}>
            Keep both
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}
