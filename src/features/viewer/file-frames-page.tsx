'use client';

import { useQuery } from '@tanstack/react-query';
import { usePageLabel, useTRPC } from '#src/features/shell/index.ts';
import { FileFrameViewer } from './file-frame-viewer.tsx';

/** The page of a single file with frames. */
export function FileFramesPage(props: { code: string; fileId: string; image: number }) {
  const trpc = useTRPC();
  const file = useQuery(trpc.files.get.queryOptions({ fileId: props.fileId }));
  usePageLabel(file.data?.name ?? null);
  return (
    <div className="flex h-full min-h-[32rem] flex-col gap-2 p-2 sm:p-3">
      <header className="px-1">
        <h1 className="min-w-0 truncate font-mono font-semibold text-base">{file.data?.path ?? 'Frames'}</h1>
      </header>
      <FileFrameViewer {...props} />
    </div>
  );
}
