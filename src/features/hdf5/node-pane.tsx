'use client';
import { exactBytes, formatBytes, formatCount } from '#src/components/format.ts';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { Skeleton } from '#src/components/ui/skeleton.tsx';
import { Status } from '#src/components/ui/status.tsx';
import { faultWords } from './fault-words.ts';
import { useDetail } from './hdf5-context.tsx';
import type { AttributeView, DatasetFacts, DefaultPlot, NodeDetail } from './nodes.ts';
import { cellText } from './reading/decode-values.ts';
import type { useExplorerPlace } from './use-place.ts';
import { product, typeLabel } from './value-type.ts';
import { ValuesPanel } from './values-panel.tsx';

type Place = ReturnType<typeof useExplorerPlace>;

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1) || 'root';

function Attributes({ attributes }: { attributes: readonly AttributeView[] }) {
  if (attributes.length === 0) return null;
  return (
    <section aria-label="Attributes" className="grid gap-1.5">
      <h2 className="font-semibold text-sm">Attributes</h2>
      <dl className="grid grid-cols-[minmax(6rem,12rem)_minmax(0,1fr)] gap-x-3 gap-y-1 text-xs">
        {attributes.map((one) => {
          const text = one.cells.map(cellText).join(', ');
          const rest = one.total - one.cells.length;
          return (
            <div key={one.name} className="contents">
              <dt className="break-words font-mono text-ink-soft" title={one.type}>
                {one.name}
              </dt>
              <dd className="break-words font-mono">
                {one.fault ? (
                  <Status tone="warn">{one.fault}</Status>
                ) : (
                  `${one.total === 0 ? '(empty)' : text === '' ? '(empty text)' : text}${rest > 0 ? `, and ${rest} more` : ''}`
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function Facts({ facts }: { facts: DatasetFacts }) {
  const { shape, maxShape, chunks, filters, sources, sourceCount } = facts;
  const grows = maxShape?.some((length, n) => length !== shape?.[n]);
  const rows: [string, string, string?][] = [
    [
      'type',
      typeLabel(facts.type) + (facts.type.kind === 'number' && !facts.littleEndian ? ', big-endian' : ''),
    ],
    ['shape', shape === null ? 'no elements' : shape.length === 0 ? 'one value' : shape.join(' × ')],
  ];
  if (grows && maxShape) rows.push(['may grow to', maxShape.map((length) => length ?? '∞').join(' × ')]);
  if (shape) rows.push(['values', formatCount(product(shape))]);
  rows.push(['size', `${formatBytes(facts.sizeBytes)} unpacked`, exactBytes(facts.sizeBytes)]);
  if (sourceCount > 0) {
    const told = sources
      .slice(0, 3)
      .map(({ file, dataset }) => `${file === '.' ? 'this file' : file}: ${dataset}`);
    rows.push(['virtual, from', told.join(', ') + (sourceCount > 3 ? `, and ${sourceCount - 3} more` : '')]);
  } else {
    rows.push(['layout', chunks ? `chunks of ${chunks.join(' × ')}` : 'in one piece']);
  }
  if (filters.length > 0) rows.push(['packed with', filters.map(({ name }) => name).join(', ')]);
  return (
    <dl className="grid grid-cols-[minmax(6rem,12rem)_minmax(0,1fr)] gap-x-3 gap-y-1 text-xs">
      {rows.map(([term, text, exact]) => (
        <div key={term} className="contents">
          <dt className="text-ink-soft">{term}</dt>
          <dd className="break-words font-mono" title={exact}>
            {text}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What NeXus wants to be drawn of a group, wherever it lies. */
function Plotted({
  plot,
  fileBase,
  ...place
}: { plot: DefaultPlot; fileBase: string } & Pick<Place, 'place' | 'setPlace' | 'go'>) {
  const signal = useDetail(plot.signal);
  if (signal.isError) {
    return (
      <Status tone="warn" className="whitespace-normal">
        {faultWords(signal.error)}
      </Status>
    );
  }
  if (!signal.data) return <Skeleton className="h-64" />;
  if (!signal.data.dataset) {
    return (
      <Status tone="warn" className="whitespace-normal">
        {signal.data.fault}
      </Status>
    );
  }
  return (
    <section aria-label="Default plot" className="grid gap-2">
      <h2 className="flex flex-wrap items-baseline gap-2 font-semibold text-sm">
        Default plot
        <Button look="link" onClick={() => place.go(plot.signal)}>
          <span className="font-mono text-xs">{plot.signal}</span>
        </Button>
      </h2>
      <ValuesPanel
        path={plot.signal}
        facts={signal.data.dataset}
        axes={plot.axes}
        saveAs={`${fileBase}_${nameOf(plot.signal)}`}
        place={place.place}
        setPlace={place.setPlace}
      />
    </section>
  );
}

function linkWords({ row }: NodeDetail): string | null {
  if (row.link.kind === 'soft') return `A link to ${row.link.target}.`;
  if (row.link.kind === 'external') return `A link to ${row.link.target} in ${row.link.file}.`;
  return row.sameAs === null ? null : `The same group as ${row.sameAs}.`;
}

/** One group or dataset: its values, what it is, its attributes. */
export function NodePane({ fileBase, place }: { fileBase: string; place: Place }) {
  const { at } = place.place;
  const query = useDetail(at);
  if (query.isError) {
    return (
      <div role="alert" className="grid justify-items-start gap-2">
        <p className="text-sm">{faultWords(query.error)}</p>
        <Button size="sm" onClick={() => void query.refetch()}>
          Try again
        </Button>
      </div>
    );
  }
  if (!query.data) return <Skeleton className="h-64" />;
  const detail = query.data;
  const { row, dataset } = detail;
  const link = linkWords(detail);
  return (
    <article className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <header className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
        <h1 className="min-w-0 break-all font-mono font-semibold text-base">{row.path}</h1>
        <CopyButton text={row.path} what="the path in the file" />
        {row.nxClass && <Badge>{row.nxClass}</Badge>}
        {link && <span className="text-ink-soft text-xs">{link}</span>}
      </header>
      {detail.fault && (
        <div className="grid justify-items-start gap-2">
          <Status tone="warn" className="whitespace-normal">
            {detail.fault}
          </Status>
          <Button size="sm" busy={query.isFetching} onClick={() => void query.refetch()}>
            Look again
          </Button>
        </div>
      )}
      {dataset && (
        <ValuesPanel
          path={at}
          facts={dataset}
          saveAs={`${fileBase}_${nameOf(at)}`}
          place={place.place}
          setPlace={place.setPlace}
        />
      )}
      {detail.plot && <Plotted plot={detail.plot} fileBase={fileBase} {...place} />}
      {dataset && <Facts facts={dataset} />}
      {row.kind === 'group' && !detail.plot && (
        <p className="text-ink-soft text-sm">A group: open it in the tree to see what lies in it.</p>
      )}
      <Attributes attributes={detail.attributes} />
    </article>
  );
}
