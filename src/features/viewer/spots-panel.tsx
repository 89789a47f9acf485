'use client';

import { FolderOpen, X } from 'lucide-react';
import { useRef } from 'react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import type { SpotRun } from '#src/server/domain/jobs/spot-runs.ts';
import { SPOT_KINDS } from '#src/shared/codecs/spots-file.ts';
import { openLocalSpots } from './local-spots.ts';
import { spotInk } from './overlay-colours.ts';
import { countSpots } from './overlay-spots.ts';
import { PanelCheck, PanelPart } from './panel-part.tsx';
import { SPOT_WORDS, SpotMark } from './spot-layer.tsx';
import type { ShownSpots } from './use-frame-spots.ts';
import { SPOT_SIZES } from './viewer-link.ts';
import type { ViewerStore } from './viewer-store.ts';

const WHEN = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** "DIALS full, Ann Example, 22 Nov 14:02 (the result)" */
export function runWords({
  templateName,
  startedBy,
  createdAt,
  finishedAt,
  file,
  isResult,
}: SpotRun): string {
  const parts = [templateName, ...(startedBy && startedBy !== templateName ? [startedBy] : [])];
  const when = file ? WHEN.format(finishedAt ?? createdAt) : 'running, provisional';
  return `${parts.join(', ')}, ${when}${isResult ? ' (the result)' : ''}`;
}

/** Which spots are shown over the frame, and how. */
export function SpotsPanel({ store, shown }: { store: ViewerStore; shown: ShownSpots }) {
  const state = useStore(store);
  const input = useRef<HTMLInputElement>(null);
  const { runs, run, spots, words, isAsking, looked } = shown;
  const counts = countSpots(spots);
  const ink = spotInk(state);
  const isUnknown = state.spotRun !== null && !runs.some(({ jobId }) => jobId === state.spotRun) && !isAsking;
  return (
    <>
      <PanelPart title="Spots">
        <PanelCheck
          label="Show spots (S)"
          checked={state.spots}
          onChange={(isOn) => store.setState({ spots: isOn })}
        />
        {state.localSpots ? (
          <div className="grid gap-1 text-xs">
            <p className="flex items-center gap-2">
              <span className="min-w-0 flex-1 truncate font-mono">{state.localSpots.name}</span>
              <Button
                look="quiet"
                size="icon-sm"
                aria-label="Close the file of spots"
                onClick={() => store.setState({ localSpots: null })}
              >
                <X aria-hidden />
              </Button>
            </p>
            <p className="text-ink-soft">
              From a file on this computer. It was not uploaded, no link carries it, and it is gone when the
              page is left.
            </p>
          </div>
        ) : (
          runs.length > 0 && (
            <div className="grid gap-1 text-ink-soft text-xs">
              Found by
              <NativeSelect
                aria-label="Found by"
                value={run?.jobId ?? ''}
                onChange={(event) => store.setState({ spotRun: event.currentTarget.value, spots: true })}
              >
                {runs.map((one) => (
                  <option key={one.jobId} value={one.jobId}>
                    {runWords(one)}
                  </option>
                ))}
              </NativeSelect>
            </div>
          )
        )}
        {isUnknown && !state.localSpots && (
          <p className="text-warn text-xs">
            The run that the link names has no spots of this dataset any more; another is shown.
          </p>
        )}
        {!state.localSpots && runs.length === 0 && !isAsking && (
          <p className="text-ink-soft text-xs">
            No run has left spots of this dataset. Fast feedback, DIALS quick and DIALS full do.
          </p>
        )}
        {state.spots && words !== null && runs.length + (state.localSpots ? 1 : 0) > 0 && (
          <p role="status" className="text-ink-soft text-xs">
            {words}
          </p>
        )}
      </PanelPart>
      <PanelPart title="Kinds">
        {SPOT_KINDS.map((kind) => (
          <div key={kind} className="flex items-center gap-2">
            <SpotMark kind={kind} ink={ink} />
            <PanelCheck
              label={SPOT_WORDS[kind]}
              checked={state.spotKinds.includes(kind)}
              onChange={(isOn) =>
                store.setState({
                  spotKinds: SPOT_KINDS.filter((one) =>
                    one === kind ? isOn : state.spotKinds.includes(one),
                  ),
                })
              }
            />
            <span className="ml-auto font-mono text-xs tabular-nums">
              {state.spots && looked > 0 ? counts[kind] : '–'}
            </span>
          </div>
        ))}
        <p className="text-ink-faint text-xs">
          On the {state.stack.frames > 1 ? 'frames of this picture' : 'frame shown'}. Indices are printed once
          there is room for them: zoom in.
        </p>
        <label className="flex items-center gap-2 text-ink-soft text-xs">
          Size of the marks
          <input
            type="range"
            min={SPOT_SIZES.least}
            max={SPOT_SIZES.most}
            value={state.spotSizePx}
            className="min-w-0 flex-1 accent-(--accent)"
            onChange={(event) => store.setState({ spotSizePx: Number(event.currentTarget.value) })}
          />
          <span className="w-10 text-right font-mono text-ink">{state.spotSizePx} px</span>
        </label>
      </PanelPart>
      <PanelPart title="From a file">
        <p className="text-ink-soft text-xs">
          Spots of your own, as CSV with the columns frame, fast, slow (and intensity, h, k, l, kind), as
          JSON, or a .spots file. Frames count from 1, the centre of the first pixel is 0.5. Drop it on the
          image, or:
        </p>
        <input
          ref={input}
          type="file"
          accept=".csv,.tsv,.txt,.json,.jsonl,.spots"
          className="hidden"
          aria-label="A file of spots"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file) void openLocalSpots(store, file);
            event.currentTarget.value = '';
          }}
        />
        <Button size="sm" className="justify-self-start" onClick={() => input.current?.click()}>
          <FolderOpen aria-hidden />
          Open a file of spots
        </Button>
      </PanelPart>
    </>
  );
}
