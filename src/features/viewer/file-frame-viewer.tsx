'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { type FileFrames, framesOfFile } from './file-index.ts';
import { stateOfAddress, useViewInAddress, viewAddress } from './view-address.ts';
import { createViewerStore } from './viewer-store.ts';
import { ViewerSurface } from './viewer-surface.tsx';

interface FileFrameViewerProps {
  code: string;
  fileId: string;
  /** 1-based. */
  image: number;
}

async function readRange(url: string, offset: number, length: number): Promise<Uint8Array> {
  const answer = await fetch(url, { headers: { range: `bytes=${offset}-${offset + length - 1}` } });
  if (!answer.ok) throw new Error(`The data server answered ${answer.status}.`);
  return new Uint8Array(await answer.arrayBuffer());
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text);
}

/** As if the file were a dataset of its own, whole and over. */
function indexOf(
  file: { id: string; path: string },
  signed: { url: string; expiresAt: Date },
  found: FileFrames,
  chosen: string | null,
): FrameIndex {
  const { channels, frames, entries, geometry } = found;
  const at = Math.max(
    0,
    channels.findIndex(({ name }) => name === chosen),
  );
  const place = { fileId: file.id, path: file.path, url: signed.url };
  return {
    ...{ datasetId: file.id, state: 'complete', framesExpected: frames, framesStored: frames },
    ...{ missing: [], lost: [], lacking: [], unlocated: [], isToBeLocated: false, unlocatedWhy: [] },
    ...{ channel: channels[at]!.name, channels, geometry, masks: [], expiresAt: signed.expiresAt },
    files: [{ ...place, firstFrame: 0, rows: frames, entries: base64Of(entries[at]!) }],
  };
}

/** The viewer over a single file that stands alone; where its frames lie is read from the file by the browser. */
export function FileFrameViewer({ code, fileId, image }: FileFrameViewerProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const basePath = `/experiments/${code}/files/${fileId}/frames`;
  const [store] = useState(() =>
    createViewerStore({ frame: Math.max(0, image - 1), ...stateOfAddress(fileId) }),
  );
  useViewInAddress(store, basePath);
  const channel = useStore(store, (state) => state.channel);
  const file = useQuery(trpc.files.get.queryOptions({ fileId }));
  const signed = useQuery(trpc.files.view.queryOptions({ fileId }, { staleTime: 60_000 }));
  const found = useQuery({
    queryKey: ['file-frames', fileId, file.data?.sha256],
    enabled: file.data !== undefined && signed.data !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: () =>
      framesOfFile(file.data!.name, {
        sizeBytes: file.data!.sizeBytes,
        readRange: (offset, length) => readRange(signed.data!.url, offset, length),
      }),
  });
  const index = useMemo(
    () =>
      file.data && signed.data && found.data ? indexOf(file.data, signed.data, found.data, channel) : null,
    [file.data, signed.data, found.data, channel],
  );
  // What shows the same data beside asks for them as for a dataset.
  useEffect(() => {
    if (!index) return;
    const { queryKey } = trpc.datasets.frameIndex.queryOptions({ datasetId: fileId });
    queryClient.setQueryDefaults(queryKey, { staleTime: Number.POSITIVE_INFINITY });
    queryClient.setQueryData(queryKey, index);
  }, [index, fileId, queryClient, trpc]);
  const refresh = useCallback(() => void signed.refetch(), [signed.refetch]);
  const failed = file.error ?? signed.error;
  if (failed)
    return <ErrorState error={failed} retry={() => void Promise.all([file.refetch(), signed.refetch()])} />;
  if (found.error) {
    return (
      <EmptyState
        title="Not drawn here"
        action={
          <Button asChild>
            <Link href={`/experiments/${code}/files`}>To the files</Link>
          </Button>
        }
      >
        {found.error.message}
      </EmptyState>
    );
  }
  if (!index || !file.data) return <Skeleton className="min-h-96 flex-1" />;
  return (
    <ViewerSurface
      index={index}
      label={file.data.name}
      // No dataset: nothing was found in it, and nothing stands beside it.
      experimentId={null}
      userData={null}
      values={[]}
      previews={[]}
      store={store}
      linkOf={(state) => `${window.location.origin}${viewAddress(basePath, state)}`}
      onExpired={refresh}
    />
  );
}
