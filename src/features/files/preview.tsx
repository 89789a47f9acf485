'use client';
import { useQuery } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { Hdf5Preview } from '#src/features/hdf5/index.ts';
import { useTRPC } from '#src/features/shell/index.ts';
import { REPORT_BYTES } from '#src/shared/model/shown-report.ts';
import { type PreviewKind, pictureType, previewKind } from './file-kinds.ts';
import { fetchStored, nameOfAddress } from './stored-bytes.ts';
import { TablePreview } from './table-preview.tsx';
import { TextPreview } from './text-preview.tsx';

const PICTURE_BYTES = 20 * 1024 * 1024;

interface PreviewProps {
  fileId: string;
  name: string;
  sizeBytes: number;
}

function PicturePreview({ url, name, sizeBytes }: { url: string; name: string; sizeBytes: number }) {
  const blob = useQuery({
    queryKey: ['file-image', nameOfAddress(url), sizeBytes],
    queryFn: async ({ signal }) => {
      const answer = await fetchStored(url, { first: 0, last: PICTURE_BYTES - 1 }, signal);
      // The store says of an SVG that it is bytes, so that nobody opens it as a page; in an <img> it runs nothing.
      return new Blob([await answer.arrayBuffer()], { type: pictureType(name) });
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [address, setAddress] = useState<string | null>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    if (!blob.data) return;
    const made = URL.createObjectURL(blob.data);
    setAddress(made);
    setBroken(false);
    return () => URL.revokeObjectURL(made);
  }, [blob.data]);
  if (blob.isError)
    return <ErrorState error={blob.error} retry={() => void blob.refetch()} className="py-4" />;
  if (isBroken) return <p className="text-ink-soft text-xs">The browser cannot read this picture.</p>;
  if (!address) return <Skeleton className="h-40" />;
  return (
    // biome-ignore lint/performance/noImgElement: a local blob, which an image optimiser cannot fetch
    <img
      src={address}
      alt={name}
      onError={() => setBroken(true)}
      className="max-h-96 w-full rounded-md border bg-white object-contain"
    />
  );
}

/** An HTML report or a PDF: shown when asked for, since scripts of others wrote it; it reaches nothing. */
function ReportPreview({ fileId, name, sizeBytes }: PreviewProps) {
  const [open, setOpen] = useState(false);
  if (sizeBytes > REPORT_BYTES)
    return <p className="text-ink-soft text-xs">Too large to be shown here. Download it.</p>;
  const isPdf = /\.pdf$/i.test(name);
  const address = `/api/files/${fileId}/shown`;
  const showsHere = !isPdf || (typeof navigator !== 'undefined' && navigator.pdfViewerEnabled);
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap gap-2">
        {showsHere && (
          <Button size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Close' : isPdf ? 'Show the PDF' : 'Show the report'}
          </Button>
        )}
        <Button asChild size="sm" look="quiet">
          <a href={address} target="_blank" rel="noreferrer">
            <ExternalLink aria-hidden /> In a tab of its own
          </a>
        </Button>
      </div>
      {open && (
        <iframe
          src={address}
          title={name}
          // A PDF is drawn by the browser itself, which a sandbox forbids; it can run nothing in this page.
          sandbox={isPdf ? undefined : 'allow-scripts'}
          referrerPolicy="no-referrer"
          className="h-[70vh] w-full rounded-md border bg-white"
        />
      )}
    </div>
  );
}

const NEEDS_BYTES: readonly PreviewKind[] = ['text', 'json', 'table', 'image'];

/** A text, a table, a picture, a report; nothing for what has no quick picture. Bytes come straight from the store. */
export function Preview({ fileId, name, sizeBytes }: PreviewProps) {
  const trpc = useTRPC();
  const kind = previewKind(name);
  const isLargePicture = kind === 'image' && sizeBytes > PICTURE_BYTES;
  const asked = NEEDS_BYTES.includes(kind) && sizeBytes > 0 && !isLargePicture;
  const signed = useQuery(trpc.files.view.queryOptions({ fileId }, { enabled: asked, staleTime: 60_000 }));
  if (sizeBytes === 0) return <p className="text-ink-soft text-xs">The file is empty.</p>;
  if (isLargePicture)
    return <p className="text-ink-soft text-xs">Too large to be shown here. Download it.</p>;
  if (kind === 'hdf5') return <Hdf5Preview key={fileId} fileId={fileId} />;
  if (kind === 'report') return <ReportPreview fileId={fileId} name={name} sizeBytes={sizeBytes} />;
  if (!asked) return null;
  if (signed.isPending) return <Skeleton className="h-40" />;
  if (!signed.data)
    return <ErrorState error={signed.error} retry={() => void signed.refetch()} className="py-4" />;
  const { url } = signed.data;
  if (kind === 'image') return <PicturePreview url={url} name={name} sizeBytes={sizeBytes} />;
  if (kind === 'table') return <TablePreview key={fileId} url={url} name={name} sizeBytes={sizeBytes} />;
  return <TextPreview key={fileId} url={url} sizeBytes={sizeBytes} isJson={kind === 'json'} />;
}
