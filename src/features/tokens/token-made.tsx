'use client';
import { Button } from '#src/components/ui/button.tsx';
import { CommandLine } from '#src/components/ui/command-line.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { DialogClose, DialogFooter } from '#src/components/ui/dialog.tsx';

/** The token, which can be had here and now only, and a first use of it. */
export function TokenMade({ token, use, firstUse }: { token: string; use: string; firstUse: string }) {
  return (
    <>
      <p className="text-ink-soft text-sm">
        It is shown <strong className="text-ink">only now</strong>; Beamdeck does not keep it. Whoever has it
        can do with it what you let it do.
      </p>
      <div className="flex items-center gap-2 rounded-md border bg-surface px-2.5 py-1.5">
        <code className="min-w-0 break-all font-mono text-sm">{token}</code>
        <CopyButton text={token} what="the token" className="ml-auto shrink-0" />
      </div>
      <div className="grid grid-cols-1 gap-1.5">
        <p className="text-sm">{use}</p>
        <CommandLine>{firstUse}</CommandLine>
      </div>
      <DialogFooter>
        <DialogClose asChild>
          <Button look="primary">Done</Button>
        </DialogClose>
      </DialogFooter>
    </>
  );
}
