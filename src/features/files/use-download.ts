'use client';
import { useMutation } from '@tanstack/react-query';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

function begin({ url }: { url: string }): void {
  const link = document.createElement('a');
  link.href = url;
  link.rel = 'noreferrer';
  link.click();
}

/** The same of a former content. */
export function useVersionDownload() {
  const trpc = useTRPC();
  return useMutation(
    trpc.files.downloadVersion.mutationOptions({
      onSuccess: begin,
      onError: (error) => toast.failed(error),
    }),
  );
}

/** Asks for a short-lived address (audited) and lets the browser download from the store under the file's own name. */
export function useDownload() {
  const trpc = useTRPC();
  return useMutation(
    trpc.files.download.mutationOptions({
      onSuccess: begin,
      onError: (error) => toast.failed(error),
    }),
  );
}
