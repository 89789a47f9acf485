'use client';

import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { useAskSoon } from '#src/components/use-ask-soon.ts';
import { useLive, useTRPC } from '#src/features/shell/index.ts';
import type { SpotRun } from '#src/server/domain/jobs/spot-runs.ts';
import type { FrameSpot } from '#src/shared/codecs/spots-file.ts';
import { PartSpots, type SpotSource, SpotsExpired, type SpotsOfFrames, StoredSpots } from './spot-sources.ts';
import type { DisplayedFrame } from './use-displayed-frame.ts';
import type { ViewerStore } from './viewer-store.ts';

/** What a run that goes on has left is asked for again at most this often. */
const ASK_EVERY_MS = 1000;
/** Addresses are signed and end; long before they do, they are asked for again. */
const FRESH_MS = 5 * 60_000;
const NO_SPOTS: readonly FrameSpot[] = [];
const NO_RUNS: readonly SpotRun[] = [];

export interface ShownSpots {
  /** Those of the dataset, the one that stands for it first; empty while nobody asks. */
  runs: readonly SpotRun[];
  isAsking: boolean;
  /** Of which they are; null: of a file that was opened here, or of none. */
  run: SpotRun | null;
  /** Of the picture that is shown. */
  spots: readonly FrameSpot[];
  /** How many of its frames were looked at by the run. */
  looked: number;
  /** Why there are none, where that is not clear from their number; null: it is. */
  words: string | null;
  /** The list of runs could not be had. */
  again: () => void;
}

interface SpotsPlace {
  datasetId: string;
  /** Null: in the unassigned tray, where no jobs run. */
  experimentId: string | null;
  store: ViewerStore;
  /** Which run was chosen: where two pictures are of one dataset, by the first of them. */
  chosenIn?: ViewerStore | null;
  displayed: Pick<DisplayedFrame, 'shownFrame' | 'stacked'>;
}

/** The run that a person chose, else the best that has ended, else whatever goes on. */
export function runToShow(runs: readonly SpotRun[], chosen: string | null): SpotRun | null {
  return (
    runs.find(({ jobId }) => jobId === chosen) ?? runs.find(({ file }) => file !== null) ?? runs[0] ?? null
  );
}

/** One source for each run: it keeps what it has fetched, whatever becomes of addresses. */
function useSource(run: SpotRun | null): SpotSource | null {
  const [parts] = useState(() => new Map<string, PartSpots>());
  const [stored] = useState(() => new Map<string, StoredSpots>());
  return useMemo(() => {
    if (!run) return null;
    const { jobId, file } = run;
    if (file) {
      const source = stored.get(jobId) ?? new StoredSpots(file.url, file.sizeBytes);
      source.url = file.url;
      stored.set(jobId, source);
      parts.delete(jobId);
      return source;
    }
    const source = parts.get(jobId) ?? new PartSpots();
    source.setParts(
      run.parts.map(({ path, sizeBytes, changedAt }) => {
        const seen = `${sizeBytes}-${changedAt.getTime()}`;
        const query = new URLSearchParams({ path, seen });
        return { url: `/api/jobs/${jobId}/result?${query}`, mark: `${path} ${seen}` };
      }),
    );
    parts.set(jobId, source);
    return source;
  }, [run, parts, stored]);
}

/** The spots over the picture that is shown, and the runs that found some. While the layer is off nothing is asked for. */
export function useFrameSpots({
  datasetId,
  experimentId,
  store,
  chosenIn,
  displayed,
}: SpotsPlace): ShownSpots {
  const trpc = useTRPC();
  const isOn = useStore(store, (state) => state.spots);
  const isPanelOpen = useStore(store, (state) => state.drawer === 'spots');
  const chosen = useStore(chosenIn ?? store, (state) => (chosenIn === null ? null : state.spotRun));
  const local = useStore(chosenIn ?? store, (state) => (chosenIn === null ? null : state.localSpots));
  const isAsking = (isOn || isPanelOpen) && experimentId !== null;
  const options = trpc.datasets.spotRuns.queryOptions(
    { datasetId },
    { enabled: isAsking, staleTime: FRESH_MS, refetchInterval: FRESH_MS },
  );
  const query = useQuery(options);
  const askSoon = useAskSoon(options.queryKey, ASK_EVERY_MS);
  useLive([isAsking && (`experiment:${experimentId}` as const)], ({ kind }) => {
    if (kind === 'job.changed') askSoon();
  });
  const runs = query.data ?? NO_RUNS;
  const run = useMemo(() => (local ? null : runToShow(runs, chosen)), [local, runs, chosen]);
  const ofRun = useSource(isOn ? run : null);
  const source = isOn ? (local?.source ?? ofRun) : null;

  const { shownFrame: first, stacked: count } = displayed;
  const [loaded, setLoaded] = useState<{
    of: string;
    found: SpotsOfFrames | null;
    fault: string | null;
  } | null>(null);
  // Known at once where nothing has to be fetched: then no frame is seen without its spots.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the source knows more when its run has left more, and when something was loaded
  const known = useMemo(
    () => (source && first !== null ? source.peek(first, count) : null),
    [source, run, first, count, loaded],
  );
  const of = `${local?.name ?? run?.jobId} ${first} ${count}`;
  const refetch = query.refetch;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run that goes on has left more, in the same source
  useEffect(() => {
    if (!source || first === null) return;
    let isOvertaken = false;
    source
      .load(first, count)
      .then((found) => {
        if (!isOvertaken) setLoaded({ of, found, fault: null });
      })
      .catch((fault: unknown) => {
        if (isOvertaken) return;
        if (fault instanceof SpotsExpired) void refetch();
        else setLoaded({ of, found: null, fault: fault instanceof Error ? fault.message : String(fault) });
      });
    return () => {
      isOvertaken = true;
    };
  }, [source, run, first, count, of, refetch]);

  const isLoaded = loaded?.of === of;
  const found = known ?? (isLoaded ? loaded.found : null);
  const fault = known ? null : isLoaded ? loaded.fault : null;
  const words = ((): string | null => {
    if (!isOn) return null;
    if (experimentId === null && !local)
      return 'No job has looked at these frames: they are no dataset of an experiment. Drop a file of spots here.';
    if (!local && query.isPending) return 'Looking for runs…';
    if (!local && query.isError) return 'Whether runs found spots could not be asked.';
    if (!source) return 'No run has left spots of this dataset. Run Fast feedback or DIALS quick on it.';
    if (fault) return `The spots cannot be shown. ${fault}`;
    if (!found || first === null) return null;
    if (found.looked > 0) return null;
    return `${local ? 'The file' : run?.file ? 'This run' : 'This run, so far,'} has nothing of ${count > 1 ? 'these frames' : `frame ${first + 1}`}.`;
  })();
  return {
    ...{ runs, isAsking: isAsking && query.isPending, run },
    ...{ spots: found?.spots ?? NO_SPOTS, looked: found?.looked ?? 0, words },
    again: () => void refetch(),
  };
}
