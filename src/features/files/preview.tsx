'use client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { formatBytes } from '#src/components/format.ts';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { type PreviewKind, previewKind } from './file-kinds.ts';

/** Enough for a log's beginning or a table's first rows; the rest is a download away. */
const TEXT_BYTES = 64 * 1024;
const IMAGE_BYTES = 20 * 1024 * 1024;

/** Indented when all of it is here and it parses; as it is otherwise. */
function pretty(text: string, whole: boolean): string {
  if (!whole) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // A file named .json need not be JSON: then its text is the truth.
    return text;
  }
}

async function fetchStored(url: string, bytes: number, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(url, { headers: { range: `bytes=0-${bytes - 1}` }, signal });
  if (!answer.ok) throw new Error(`The data server answered ${answer.status}.`);
  return answer;
}

function TextPreview({ url, sizeBytes, kind }: { url: string; sizeBytes: number; kind: PreviewKind }) {
  const whole = sizeBytes <= TEXT_BYTES;
  const text = useQuery({
    queryKey: ['file-text', url.split('?')[0], sizeBytes],
    queryFn: async ({ signal }) => (await fetchStored(url, TEXT_BYTES, signal)).text(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (text.isPending) return <Skeleton className="h-40" />;
  if (text.isError)
    return <ErrorState error={text.error} retry={() => void text.refetch()} className="py-4" />;
  return (
    <div>
      <ScrollBox
        as="pre"
        className="max-h-96 overflow-auto rounded-md border bg-sunken p-2 text-2xs leading-4"
      >
        {kind === 'json' ? pretty(text.data, whole) : text.data}
      </ScrollBox>
      {!whole && (
        <p className="pt-1 text-ink-faint text-xs">
          The first {formatBytes(TEXT_BYTES)} of {formatBytes(sizeBytes)}.
        </p>
      )}
    </div>
  );
}

function ImagePreview({ url, name, sizeBytes }: { url: string; name: string; sizeBytes: number }) {
  const blob = useQuery({
    queryKey: ['file-image', url.split('?')[0], sizeBytes],
    queryFn: async ({ signal }) => (await fetchStored(url, IMAGE_BYTES, signal)).blob(),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!blob.data) return;
    const made = URL.createObjectURL(blob.data);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob.data]);
  if (blob.isError)
    return <ErrorState error={blob.error} retry={() => void blob.refetch()} className="py-4" />;
  if (!address) return <Skeleton className="h-40" />;
  // biome-ignore lint/performance/noImgElement: a local blob, which an image optimiser cannot fetch
  return <img src={address} alt={name} className="max-h-96 w-full rounded-md border object-contain" />;
}

/** The beginning of a text, an image; nothing for what has no quick picture. Bytes come straight from the store. */
export function Preview({ fileId, name, sizeBytes }: { fileId: string; name: string; sizeBytes: number }) {
  const trpc = useTRPC();
  const kind = previewKind(name);
  const shown = kind !== 'none' && sizeBytes > 0 && (kind !== 'image' || sizeBytes <= IMAGE_BYTES);
  const signed = useQuery(trpc.files.view.queryOptions({ fileId }, { enabled: shown, staleTime: 60_000 }));
  if (!shown) return null;
  if (signed.isPending) return <Skeleton className="h-40" />;
  if (!signed.data)
    return <ErrorState error={signed.error} retry={() => void signed.refetch()} className="py-4" />;
  return kind === 'image' ? (
    <ImagePreview url={signed.data.url} name={name} sizeBytes={sizeBytes} />
  ) : (
    <TextPreview url={signed.data.url} sizeBytes={sizeBytes} kind={kind} />
  );
}
