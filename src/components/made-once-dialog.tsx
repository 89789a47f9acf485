'use client';
import type { ReactNode } from 'react';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';

/** A dialog that makes something which is shown once and cannot be had again: a licence, an access token. */
export function MadeOnceDialog({
  open,
  onOpen,
  onClosed,
  trigger,
  title,
  isMade,
  children,
}: {
  open: boolean;
  onOpen: (open: boolean) => void;
  /** Forgets what was made and typed. */
  onClosed: () => void;
  trigger: ReactNode;
  title: string;
  isMade: boolean;
  children: ReactNode;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        onOpen(next);
        if (!next) onClosed();
      }}
    >
      <DialogTrigger asChild>{trigger}</DialogTrigger>
      <DialogContent
        title={title}
        // A click beside it must not throw away what was not saved.
        onInteractOutside={(event) => isMade && event.preventDefault()}
      >
        {children}
      </DialogContent>
    </Dialog>
  );
}
