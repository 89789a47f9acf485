'use client';
import { useQuery } from '@tanstack/react-query';
import { Download, Link2 } from 'lucide-react';
import { formatBytes, formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { CommandLine } from '#src/components/ui/command-line.tsx';
import { Dialog, DialogContent } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import { CopiesList } from './copies-list.tsx';
import { keyOf, pullCommand, selectionOf } from './picked.ts';
import { RcloneKey } from './rclone-key.tsx';

/** More than this a browser that is closed or loses the line begins anew; a program goes on. */
const LARGE_BYTES = 20e9;

/** A form, because a browser saves what answers one as it comes; in a tab of its own, which closes by itself, so that a refusal does not take this page away. */
function Take({
  code,
  selection,
  as,
  look,
  children,
}: {
  code: string;
  selection: string;
  as: 'zip' | 'links';
  look?: 'primary';
  children: React.ReactNode;
}) {
  return (
    <form
      method="post"
      action={`/api/experiments/${encodeURIComponent(code)}/archive`}
      target="_blank"
      rel="noopener"
    >
      <input type="hidden" name="selection" value={selection} />
      <input type="hidden" name="as" value={as} />
      <Button type="submit" look={look ?? 'plain'}>
        {children}
      </Button>
    </form>
  );
}

/** Ways to bring files home, with what they cost before the button. */
export function GetFiles({
  experimentId,
  code,
  entries,
  open,
  onOpenChange,
}: {
  experimentId: string;
  code: string;
  /** Empty: the whole experiment. */
  entries: readonly FolderEntry[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const trpc = useTRPC();
  const selection = entries.length === 0 ? selectionOf(['p:']) : selectionOf(entries.map(keyOf));
  const measured = useQuery(
    trpc.files.measure.queryOptions({ experimentId, ...selection }, { enabled: open }),
  );
  const what =
    entries.length === 0
      ? `all of ${code}`
      : entries.length === 1
        ? entries[0]!.name
        : `${entries.length} entries`;
  const body = () => {
    if (measured.isPending) return <Skeleton className="h-24" />;
    if (!measured.data)
      return <ErrorState error={measured.error} retry={() => void measured.refetch()} className="py-4" />;
    const { files, sizeBytes } = measured.data;
    const asText = JSON.stringify(selection);
    return (
      <>
        <p className="text-sm">
          {formatCount(files)} {files === 1 ? 'file' : 'files'}, {formatBytes(sizeBytes)}.
        </p>
        <section aria-label="Zip" className="grid grid-cols-1 gap-1.5">
          <h3 className="font-semibold text-sm">One zip, now</h3>
          <p className="text-ink-soft text-sm">
            Put together while it is sent, not compressed, with a checksum for each file.{' '}
            {sizeBytes > LARGE_BYTES
              ? 'It is large: when the line breaks it begins anew, the ways below go on where they were.'
              : 'When the line breaks it begins anew.'}
          </p>
          <Take code={code} selection={asText} as="zip" look="primary">
            <Download aria-hidden /> Download the zip
          </Take>
        </section>
        <section aria-label="Command" className="grid grid-cols-1 gap-1.5">
          <h3 className="font-semibold text-sm">A copy that stays up to date</h3>
          <p className="text-ink-soft text-sm">
            Proves each file by its hash and goes on after any break; run again, it brings what is new. It
            needs an access token (account page).
          </p>
          <CommandLine>{pullCommand(code, window.location.origin, entries)}</CommandLine>
        </section>
        <CopiesList experimentId={experimentId} />
        <section aria-label="Addresses" className="grid grid-cols-1 gap-1.5">
          <h3 className="font-semibold text-sm">Addresses for a download program</h3>
          <p className="text-ink-soft text-sm">
            A list with the SHA-256 of each file, good for 24 hours. Whoever has it has the files until then.
          </p>
          <Take code={code} selection={asText} as="links">
            <Link2 aria-hidden /> Save the list
          </Take>
          <CommandLine>{`aria2c -c -x 4 -i ${code}-links.txt`}</CommandLine>
        </section>
        <RcloneKey experimentId={experimentId} code={code} entries={entries} />
      </>
    );
  };
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent title={`Download ${what}`}>
        <div className="grid min-w-0 grid-cols-1 gap-4">{body()}</div>
      </DialogContent>
    </Dialog>
  );
}
