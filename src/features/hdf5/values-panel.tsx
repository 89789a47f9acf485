'use client';
import { useMemo, useRef } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { COLOUR_MAP_NAMES } from '#src/features/viewer/index.ts';
import { CurveView } from './curve-view.tsx';
import { ExportButtons } from './export-buttons.tsx';
import { faultWords } from './fault-words.ts';
import { useSlice } from './hdf5-context.tsx';
import { CONTRASTS } from './image-shades.ts';
import type { DatasetFacts } from './nodes.ts';
import { numberText } from './number-text.ts';
import { PictureView } from './picture-view.tsx';
import { cellText } from './reading/decode-values.ts';
import type { Slice, SliceRequest } from './reading/read-slice.ts';
import { SliceBar } from './slice-bar.tsx';
import {
  type AxisChoice,
  firstSlice,
  formatSlice,
  parseSlice,
  SliceFault,
  slicedShape,
} from './slice-expression.ts';
import type { useExplorerPlace, ViewKind } from './use-place.ts';
import { isNumeric } from './value-type.ts';
import { ValuesTable } from './values-table.tsx';

type Place = ReturnType<typeof useExplorerPlace>;

const VIEW_WORDS: Record<ViewKind, string> = { picture: 'Picture', curve: 'Curve', values: 'Values' };
const CONTRAST_WORDS = { all: 'all values', '99.9': '99.9 %', '99': '99 %', '95': '95 %' } as const;

/** As typed in the address, as far as it fits; else what is shown at first. */
export function choiceOf(text: string | null, facts: DatasetFacts): AxisChoice[] {
  const shape = facts.shape ?? [];
  const first = () => firstSlice(shape, isNumeric(facts.type), facts.chunks);
  if (text === null) return first();
  try {
    return parseSlice(text, shape);
  } catch (error) {
    if (error instanceof SliceFault) return first();
    throw error;
  }
}

/** How a slice can be shown, the usual way first. */
function viewsOf(slice: Slice): ViewKind[] {
  if (slice.kind === 'cells' || slice.shape.length === 0) return ['values'];
  if (slice.shape.length === 1) return ['curve', 'values'];
  const isThin = slice.shape.some((length) => length < 2);
  if (slice.shape.length === 2) return isThin ? ['values', 'picture'] : ['picture', 'values'];
  return [];
}

function Scalar({ slice }: { slice: Slice }) {
  const text =
    slice.kind === 'numbers'
      ? (slice.names?.[String(slice.values[0])] ?? numberText(slice.values[0]!, slice.dtype))
      : slice.columns
          .map((column, n) => (column ? `${column}: ` : '') + cellText(slice.cells[n]![0]!))
          .join('\n');
  return (
    <output className="block max-h-96 overflow-auto whitespace-pre-wrap break-words rounded-md border bg-surface p-3 font-mono text-sm">
      {text === '' ? '(empty text)' : text}
    </output>
  );
}

function Looks({ place, setPlace, isPicture }: Pick<Place, 'place' | 'setPlace'> & { isPicture: boolean }) {
  return (
    <>
      <Button
        size="sm"
        aria-pressed={place.log}
        className="aria-pressed:border-accent aria-pressed:text-accent"
        onClick={() => void setPlace({ log: !place.log })}
      >
        log
      </Button>
      {isPicture && (
        <>
          <NativeSelect
            aria-label="Colour map"
            className="h-7 w-auto text-xs"
            value={place.map}
            onChange={(event) => void setPlace({ map: event.currentTarget.value as typeof place.map })}
          >
            {COLOUR_MAP_NAMES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </NativeSelect>
          <NativeSelect
            aria-label="Contrast between"
            className="h-7 w-auto text-xs"
            value={place.contrast}
            onChange={(event) =>
              void setPlace({ contrast: event.currentTarget.value as typeof place.contrast })
            }
          >
            {Object.keys(CONTRASTS).map((name) => (
              <option key={name} value={name}>
                {CONTRAST_WORDS[name as keyof typeof CONTRAST_WORDS]}
              </option>
            ))}
          </NativeSelect>
        </>
      )}
    </>
  );
}

interface ValuesPanelProps extends Pick<Place, 'place' | 'setPlace'> {
  path: string;
  facts: DatasetFacts;
  /** Paths of what NeXus names as axes; null: counted. */
  axes?: readonly (string | null)[];
  /** Name of what is saved, without an ending. */
  saveAs: string;
}

/** The values of a dataset: a part of it, as a picture, a curve or a table. */
export function ValuesPanel({ path, facts, axes = [], saveAs, place, setPlace }: ValuesPanelProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const choice = useMemo(() => choiceOf(place.slice, facts), [place.slice, facts]);
  const shape = facts.shape ?? [];
  const request: SliceRequest = { path, choice };
  const query = useSlice(facts.shape === null || facts.unreadable !== null ? null : request, 'values');
  const left = choice.flatMap((one, n) => (one.isIndex ? [] : [{ one, n }]));
  const alongPath = left.length === 1 ? (axes[left[0]!.n] ?? null) : null;
  const alongRequest: SliceRequest | null =
    alongPath && left[0] ? { path: alongPath, choice: [left[0].one] } : null;
  const along = useSlice(alongRequest, 'along');
  if (facts.unreadable !== null)
    return (
      <Status tone="warn" className="whitespace-normal">
        {facts.unreadable}
      </Status>
    );
  if (facts.shape === null)
    return <p className="text-ink-soft text-sm">It has no elements (an empty dataspace).</p>;
  const slice = query.data;
  const views = slice ? viewsOf(slice) : [];
  const view = place.view && views.includes(place.view) ? place.view : views[0];
  const leftAxes = left.map(({ one }) => one);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2" aria-busy={query.isFetching || undefined}>
      {shape.length > 0 && (
        <SliceBar
          key={path}
          shape={shape}
          choice={choice}
          onSlice={(text) => void setPlace({ slice: text })}
        />
      )}
      {query.isError && (
        <div className="flex flex-wrap items-center gap-2">
          <Status tone="warn" className="whitespace-normal">
            {faultWords(query.error)}
          </Status>
          <Button size="sm" onClick={() => void query.refetch()}>
            Try again
          </Button>
        </div>
      )}
      {!slice && !query.isError && <Skeleton className="h-64" />}
      {slice && !query.isError && (
        <>
          {slice.warning && (
            <Status tone="warn" className="whitespace-normal">
              {slice.warning}
            </Status>
          )}
          <div className="flex flex-wrap items-center gap-1.5">
            {views.length > 1 &&
              views.map((one) => (
                <Button
                  key={one}
                  size="sm"
                  aria-pressed={view === one}
                  className="aria-pressed:border-accent aria-pressed:text-accent"
                  onClick={() => void setPlace({ view: one === views[0] ? null : one })}
                >
                  {VIEW_WORDS[one]}
                </Button>
              ))}
            {(view === 'picture' || view === 'curve') && (
              <Looks place={place} setPlace={setPlace} isPicture={view === 'picture'} />
            )}
            <span className="ml-auto" />
            <ExportButtons slice={slice} name={saveAs} picture={view === 'picture' ? canvas : null} />
          </div>
          {slice.shape.length > 2 && (
            <p className="text-ink-soft text-sm">
              This slice has {slice.shape.length} axes ({slicedShape(choice).join(' × ')}). Write a number for
              all but two of them, for example {formatSlice(firstSlice(shape, true, facts.chunks), shape)}.
            </p>
          )}
          {slice.shape.some((length) => length === 0) ? (
            <p className="text-ink-soft text-sm">This slice is empty.</p>
          ) : view === 'picture' && slice.kind === 'numbers' ? (
            <PictureView
              slice={slice}
              axes={leftAxes}
              looks={place}
              label={`Picture of ${path}`}
              canvasRef={canvas}
            />
          ) : view === 'curve' && slice.kind === 'numbers' ? (
            <CurveView
              slice={slice}
              axis={leftAxes[0]}
              along={along.data?.kind === 'numbers' ? along.data : null}
              alongLabel={alongPath ? alongPath.slice(alongPath.lastIndexOf('/') + 1) : null}
              label={path}
              isLog={place.log}
            />
          ) : view === 'values' && slice.shape.length === 0 ? (
            <Scalar slice={slice} />
          ) : (
            view === 'values' && <ValuesTable slice={slice} axes={leftAxes} label={`Values of ${path}`} />
          )}
        </>
      )}
    </div>
  );
}
