'use client';
import { Ban, Upload } from 'lucide-react';
import { type DragEvent, type ReactNode, useState } from 'react';
import { cn } from '#src/components/class-names.ts';
import { toast } from '#src/components/ui/toast.tsx';
import { type ChosenFile, filesOfDrop } from './chosen-files.ts';

const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

/** Takes files and folders that are dropped on the list, and says where they would go, or why nowhere. */
export function DropZone({
  folder,
  fault,
  onFiles,
  children,
}: {
  folder: string;
  fault: string | null;
  onFiles: (files: readonly ChosenFile[]) => unknown;
  children: ReactNode;
}) {
  const [isOver, setOver] = useState(false);
  const drop = async (items: DataTransferItemList) => {
    try {
      await onFiles(await filesOfDrop(items, folder));
    } catch {
      toast.failed('What was dropped cannot be read. Choose it with the button instead.');
    }
  };
  const Icon = fault === null ? Upload : Ban;
  return (
    // What is dropped can be chosen by the button and its key too.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className="relative flex min-w-0 flex-1 flex-col"
      onDragEnter={(event) => {
        if (hasFiles(event)) setOver(true);
      }}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = fault === null ? 'copy' : 'none';
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        if (fault === null) void drop(event.dataTransfer.items);
        else toast.failed(fault);
      }}
    >
      {children}
      {isOver && (
        <div
          className={cn(
            'pointer-events-none absolute inset-2 z-20 grid place-items-center rounded-xl border-2 border-dashed bg-surface/90 p-6 text-center',
            fault === null ? 'border-accent' : 'border-failed',
          )}
        >
          <p className="grid max-w-sm justify-items-center gap-2 text-sm">
            <Icon aria-hidden className="size-6" />
            {fault ?? (
              <span>
                Drop to put files and folders into <code className="wrap-anywhere">{folder}</code>
              </span>
            )}
          </p>
        </div>
      )}
    </div>
  );
}
