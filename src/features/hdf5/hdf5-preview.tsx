'use client';
import { useQuery } from '@tanstack/react-query';
import { Binary } from 'lucide-react';
import Link from 'next/link';
import { useParams } from 'next/navigation';
import { useEffect, useMemo, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { CurveView } from './curve-view.tsx';
import { explorerHref } from './explorer-href.ts';
import { faultWords } from './fault-words.ts';
import { Hdf5Provider, useDetail, useHdf5, useSlice } from './hdf5-context.tsx';
import type { DefaultPlot } from './nodes.ts';
import { PictureView } from './picture-view.tsx';
import { useList } from './use-list.ts';
import { choiceOf } from './values-panel.tsx';

const LOOKS = { log: true, map: 'viridis', contrast: '99.9' } as const;
const SHOWN_NAMES = 12;

function PlotPreview({ plot }: { plot: DefaultPlot }) {
  const signal = useDetail(plot.signal);
  const facts = signal.data?.dataset ?? null;
  const choice = useMemo(() => (facts ? choiceOf(null, facts) : []), [facts]);
  const request = useMemo(
    () => (facts && facts.unreadable === null ? { path: plot.signal, choice } : null),
    [facts, choice, plot.signal],
  );
  const { data: slice, error } = useSlice(request, 'values');
  const fault = signal.error ?? error;
  const said = fault ? faultWords(fault) : (signal.data?.fault ?? facts?.unreadable ?? null);
  if (said !== null)
    return (
      <Status tone="warn" className="whitespace-normal">
        {said}
      </Status>
    );
  if (!slice) return <Skeleton className="h-40" />;
  if (slice.kind !== 'numbers') return null;
  const axes = choice.filter(({ isIndex }) => !isIndex);
  if (slice.shape.length === 2)
    return <PictureView slice={slice} axes={axes} looks={LOOKS} label={`Picture of ${plot.signal}`} />;
  if (slice.shape.length !== 1) return null;
  return (
    <CurveView
      slice={slice}
      axis={axes[0]}
      along={null}
      alongLabel={null}
      label={plot.signal}
      isLog={false}
    />
  );
}

/** The first level of a file in which nothing says what is to be drawn. */
function NamesPreview() {
  const names = useList('/').data?.names;
  if (!names) return null;
  return (
    <ul aria-label="In the file" className="grid gap-0.5 rounded-md border p-2 font-mono text-xs">
      {names.slice(0, SHOWN_NAMES).map((name) => (
        <li key={name} className="truncate">
          {name}
        </li>
      ))}
      {names.length === 0 && <li className="text-ink-faint">empty</li>}
      {names.length > SHOWN_NAMES && (
        <li className="text-ink-faint">and {names.length - SHOWN_NAMES} more</li>
      )}
    </ul>
  );
}

/** Whoever goes through a list by keys starts no reader for each file on the way. */
const SETTLED_MS = 250;

function Inside() {
  const [isSettled, setSettled] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(true), SETTLED_MS);
    return () => clearTimeout(timer);
  }, []);
  return isSettled ? <Shown /> : <Skeleton className="h-40" />;
}

function Shown() {
  const root = useDetail('/');
  const { client } = useHdf5();
  if (root.isError)
    return (
      <Status tone="warn" className="whitespace-normal">
        {faultWords(root.error)}
      </Status>
    );
  if (!root.data)
    return (
      <div className="grid justify-items-start gap-1">
        <Skeleton className="h-40 w-full" />
        <Button size="sm" look="quiet" onClick={() => client.stop()}>
          Stop
        </Button>
      </div>
    );
  return root.data.plot ? <PlotPreview plot={root.data.plot} /> : <NamesPreview />;
}

/** An HDF5 file beside the list: what is to be drawn of it, or what lies in it, and the way to all of it. */
export function Hdf5Preview({ fileId }: { fileId: string }) {
  const trpc = useTRPC();
  const { code } = useParams<{ code?: string }>();
  const { data: file } = useQuery(trpc.files.get.queryOptions({ fileId }));
  if (!file) return <Skeleton className="h-40" />;
  // Frames have a picture of their own above.
  const isOfFrames = file.datasetId !== null && (file.kind === 'master' || file.kind === 'data');
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
      {file.experimentId !== null && !isOfFrames && (
        <Hdf5Provider
          key={fileId}
          experimentId={file.experimentId}
          path={file.path}
          fallback={<Skeleton className="h-40" />}
        >
          <Inside />
        </Hdf5Provider>
      )}
      {code && file.experimentId !== null && (
        <div>
          <Button size="sm" asChild>
            <Link href={explorerHref(code, fileId)}>
              <Binary aria-hidden /> Open in explorer
            </Link>
          </Button>
        </div>
      )}
    </div>
  );
}
