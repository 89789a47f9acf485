'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Download, Layers, ShieldCheck, X } from 'lucide-react';
import Link from 'next/link';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { exactBytes, formatBytes } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { FrameThumbnail, mayHaveFrames } from '#src/features/viewer/index.ts';
import { Custody } from './custody.tsx';
import { filesHref } from './file-kinds.ts';
import { Preview } from './preview.tsx';
import { useDownload } from './use-download.ts';

export function PanelHead({ name, onClose }: { name: string; onClose: () => void }) {
  return (
    <header className="sticky top-0 z-10 flex items-center gap-2 border-b bg-surface py-1.5 pr-1.5 pl-3">
      <h2 className="min-w-0 flex-1 truncate font-mono font-semibold text-sm" title={name}>
        {name}
      </h2>
      <Button look="quiet" size="icon-sm" aria-label="Close the details" onClick={onClose}>
        <X aria-hidden />
      </Button>
    </header>
  );
}

function Verify({ fileId }: { fileId: string }) {
  const trpc = useTRPC();
  const verify = useMutation(trpc.files.verify.mutationOptions());
  return (
    <>
      <Button busy={verify.isPending} onClick={() => verify.mutate({ fileId })}>
        <ShieldCheck aria-hidden /> Verify
      </Button>
      <div role="status" className="basis-full empty:hidden">
        {verify.data?.ok && (
          <Status tone="ok" className="whitespace-normal">
            read again from the store: the bytes are those of the source
          </Status>
        )}
        {verify.data && !verify.data.ok && (
          <Status tone="failed" className="whitespace-normal">
            {verify.data.sha256 === null
              ? 'the store has lost this file'
              : `the store holds other bytes: ${verify.data.sha256.slice(0, 12)}…`}
          </Status>
        )}
        {verify.isError && (
          <Status tone="failed" className="whitespace-normal">
            {sentenceOf(verify.error)}
          </Status>
        )}
      </div>
    </>
  );
}

/** One file: preview, size, hash, custody; download and verify. */
export function FilePanel({ fileId, code, onClose }: { fileId: string; code: string; onClose: () => void }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.files.get.queryOptions({ fileId }));
  const download = useDownload();
  if (query.isPending) return <SkeletonRows />;
  if (!query.data) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  const file = query.data;
  const href = filesHref(code, { ...{ kind: 'file', path: file.path }, fileId });
  const isOfFrames = file.datasetId !== null && (file.kind === 'master' || file.kind === 'data');
  return (
    <>
      <PanelHead name={file.name} onClose={onClose} />
      <div className="grid grid-cols-1 gap-3 p-3">
        {file.datasetId && isOfFrames && (
          <FrameThumbnail
            datasetId={file.datasetId}
            instrumentId={file.instrumentId}
            experimentId={file.experimentId}
          />
        )}
        <Preview fileId={file.id} name={file.name} sizeBytes={file.sizeBytes} />
        <div className="flex flex-wrap gap-2">
          {isOfFrames && (
            <Button look="primary" asChild>
              <Link href={`/experiments/${code}/datasets/${file.datasetId}/frames/1`}>
                <Layers aria-hidden /> Open frames
              </Link>
            </Button>
          )}
          {!isOfFrames && mayHaveFrames(file.name) && file.sizeBytes > 0 && (
            <Button asChild>
              <Link href={`/experiments/${code}/files/${file.id}/frames/1`}>
                <Layers aria-hidden /> Open in the viewer
              </Link>
            </Button>
          )}
          <Button busy={download.isPending} onClick={() => download.mutate({ fileId })}>
            <Download aria-hidden /> Download
          </Button>
          <Verify fileId={fileId} />
        </div>
        <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] items-center gap-x-2 gap-y-1 text-xs">
          <dt className="text-ink-soft">path</dt>
          <dd className="flex min-w-0 items-center">
            <span className="truncate font-mono" title={file.path}>
              {file.path}
            </span>
            <CopyButton text={`${code}/${file.path}`} what="the path" />
          </dd>
          <dt className="text-ink-soft">link</dt>
          <dd className="flex min-w-0 items-center">
            <span className="truncate font-mono text-ink-faint">{href}</span>
            <CopyButton text={`${window.location.origin}${href}`} what="the link" />
          </dd>
          <dt className="text-ink-soft">size</dt>
          <dd title={exactBytes(file.sizeBytes)}>{formatBytes(file.sizeBytes)}</dd>
          <dt className="text-ink-soft">SHA-256</dt>
          <dd className="flex min-w-0 items-center">
            <span className="truncate font-mono" title={file.sha256}>
              {file.sha256}
            </span>
            <CopyButton text={file.sha256} what="the SHA-256" />
          </dd>
        </dl>
        <section aria-label="Custody" className="grid gap-1.5 border-t pt-3">
          <h3 className="font-semibold text-sm">Custody</h3>
          <Custody fileId={file.id} />
        </section>
      </div>
    </>
  );
}
