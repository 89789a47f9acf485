import Link from 'next/link';
import { exactBytes, formatBytes } from '#src/components/format.ts';
import { Badge } from '#src/components/ui/badge.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { Ago } from './ago.tsx';
import { shortNames } from './arriving-names.ts';
import type { Moment } from './connection.ts';

type ArrivingFile = CockpitView['arrivingFiles'][number];

function FileName({ file, name }: { file: ArrivingFile; name: string }) {
  const className = 'wrap-anywhere min-w-0 font-mono text-xs';
  if (file.experimentCode === null) {
    return (
      <span title={file.path} className={className}>
        {name}
      </span>
    );
  }
  const place = `path=${encodeURIComponent(file.parent)}&sel=f:${file.id}`;
  return (
    <Link
      href={`/experiments/${file.experimentCode}/files?${place}`}
      title={file.path}
      className={`${className} hover:underline`}
    >
      {name}
    </Link>
  );
}

/** The newest files that are no part of a dataset, as a SYNC or a landing folder brings them. */
export function ArrivingFiles({ files, moment }: { files: readonly ArrivingFile[]; moment: Moment }) {
  if (files.length === 0) return null;
  const names = shortNames(files.map(({ path }) => path));
  return (
    <div className="px-3 py-2 [ul+&]:border-t">
      <h3 className="text-ink-faint text-xs">Newest files without a dataset</h3>
      <ul aria-label="Newest files without a dataset">
        {files.map((file) => (
          <li key={file.id} className="flex flex-wrap items-baseline gap-x-2 py-0.5">
            <FileName file={file} name={names.get(file.path)!} />
            {file.experimentCode === null && <Badge tone="warn">unassigned</Badge>}
            <span
              className="ml-auto whitespace-nowrap text-ink-soft text-xs"
              title={exactBytes(file.sizeBytes)}
            >
              {formatBytes(file.sizeBytes)}
            </span>
            <Ago
              at={file.committedAt}
              now={moment.now}
              className="whitespace-nowrap text-ink-faint text-xs"
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
