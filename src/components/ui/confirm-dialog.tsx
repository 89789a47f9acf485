'use client';
import { AlertDialog as Radix } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';

/**
 * Asks once before something that is hard to take back. Name the thing in the title ("End the session on Firefox?") and
 * say what will happen. `onConfirm` may be slow; the dialog closes when it is done and stays open when it throws.
 */
export function ConfirmDialog({
  trigger,
  title,
  children,
  action,
  onConfirm,
}: {
  trigger: ReactNode;
  title: string;
  children?: ReactNode;
  action: string;
  onConfirm: () => Promise<unknown> | unknown;
}) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const confirm = async () => {
    setBusy(true);
    setFault(null);
    try {
      await onConfirm();
      setOpen(false);
    } catch (error) {
      setFault(error instanceof Error ? error.message : 'This did not work. Try again.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Radix.Root open={open} onOpenChange={setOpen}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/55 data-[state=open]:animate-appear" />
        <Radix.Content className="fixed top-1/2 left-1/2 z-50 grid w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 gap-3 rounded-xl border bg-raised p-4 shadow-2xl data-[state=open]:animate-appear">
          <Radix.Title className="font-semibold text-lg leading-6">{title}</Radix.Title>
          <Radix.Description asChild>
            <div className="text-ink-soft text-sm">{children ?? 'This cannot be undone.'}</div>
          </Radix.Description>
          {fault !== null && (
            <p role="alert" className="text-failed text-sm">
              {fault}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <Radix.Cancel asChild>
              <Button look="quiet">Cancel</Button>
            </Radix.Cancel>
            <Button look="danger" busy={busy} onClick={() => void confirm()}>
              {action}
            </Button>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
