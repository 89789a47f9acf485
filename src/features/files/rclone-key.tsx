'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Download, KeyRound } from 'lucide-react';
import { formatCount } from '#src/components/format.ts';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { saveText } from '#src/components/save-file.ts';
import { Button } from '#src/components/ui/button.tsx';
import { CommandLine } from '#src/components/ui/command-line.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { FolderEntry } from '#src/server/domain/files/files.service.ts';
import type { LentKey } from '#src/server/domain/files/lent-keys.ts';
import { rcloneCommand, rcloneConf, rcloneFile } from './rclone-words.ts';

const hoursInWords = (hours: number) => (hours === 1 ? 'an hour' : `${hours} hours`);

/** A key of the store for rclone, where this installation gives such keys; nothing elsewhere. */
export function RcloneKey({
  experimentId,
  code,
  entries,
}: {
  experimentId: string;
  code: string;
  entries: readonly FolderEntry[];
}) {
  const trpc = useTRPC();
  const hours = useQuery(trpc.files.keyHours.queryOptions({ experimentId }));
  const lend = useMutation(trpc.files.lendKey.mutationOptions());
  if (typeof hours.data !== 'number') return null;
  return (
    <section aria-label="Rclone" className="grid grid-cols-1 gap-1.5">
      <h3 className="font-semibold text-sm">A key for rclone</h3>
      <p className="text-ink-soft text-sm">
        Reads all of {code} straight from the store, and nothing else, for {hoursInWords(hours.data)}. For
        rclone and other programs that read S3; former versions of files are not in it, and no hashes are
        proved.
      </p>
      {lend.data ? (
        <KeyMade code={code} entries={entries} lentKey={lend.data} />
      ) : (
        <Button
          className="justify-self-start"
          busy={lend.isPending}
          onClick={() => lend.mutate({ experimentId })}
        >
          <KeyRound aria-hidden /> Make a key
        </Button>
      )}
      <FormFault error={lend.error} />
    </section>
  );
}

function KeyMade({
  code,
  entries,
  lentKey,
}: {
  code: string;
  entries: readonly FolderEntry[];
  lentKey: LentKey;
}) {
  const conf = rcloneConf(code, lentKey);
  const { filesElsewhere, expiresAt } = lentKey;
  return (
    <>
      <p className="text-ink-soft text-sm">
        The key can be saved <strong className="text-ink">only now</strong>; whoever has it reads {code} until
        it ends (<RelativeTime at={expiresAt} />
        ). It cannot be taken back.
      </p>
      {filesElsewhere > 0 && (
        <p className="text-sm text-warn">
          {formatCount(filesElsewhere)} {filesElsewhere === 1 ? 'file was' : 'files were'} renamed or moved
          lately and {filesElsewhere === 1 ? 'lies' : 'lie'} elsewhere until the store has followed: rclone
          finds {filesElsewhere === 1 ? 'it' : 'them'} later, or under a former name.
        </p>
      )}
      <div className="flex items-center gap-1">
        <Button look="primary" onClick={() => saveText(conf, rcloneFile(code), 'text/plain')}>
          <Download aria-hidden /> Save {rcloneFile(code)}
        </Button>
        <CopyButton text={conf} what="the settings" />
      </div>
      <CommandLine>{rcloneCommand(code, lentKey, entries)}</CommandLine>
    </>
  );
}
