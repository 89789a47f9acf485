import { type DestinationValues, expandTemplate, type SourceKind } from './destination-template.ts';
import { FOLDERS, type Folder } from './states.ts';

/** Where the data of a source go: a folder of the experiment and a template below it. */
export interface Destination {
  folder: Folder;
  template: string;
}

/** One entry of the history of an agent's destinations. */
export interface DestinationSince extends Destination {
  source: string;
  /** Counts for what was acquired from here on, server's clock. */
  since: Date;
}

/** `name`: a detector's name, "landing", or the name of a watched folder. */
export interface DestinationSource {
  name: string;
  kind: SourceKind;
}

/**
 * What counts for a source that nobody gave a destination: series under the name the stream gave them, files where they lay, below the
 * folder of the experiment that the source is named after ("processed", "processed/pilatus"), else below raw.
 */
export function defaultDestination({ name, kind }: DestinationSource): Destination {
  if (kind === 'stream') return { folder: 'raw', template: '{prefix}' };
  const first = name.split('/', 1)[0];
  return { folder: FOLDERS.find((folder) => folder === first) ?? 'raw', template: '{path}' };
}

/** What counted for a source when something was acquired: the newest entry that is not younger than that. The order does not matter. */
export function destinationFor(
  history: readonly DestinationSince[],
  source: DestinationSource,
  at: Date,
): Destination {
  let newest: DestinationSince | null = null;
  for (const entry of history) {
    if (entry.source !== source.name || entry.since > at) continue;
    if (newest === null || entry.since > newest.since) newest = entry;
  }
  return newest ? { folder: newest.folder, template: newest.template } : defaultDestination(source);
}

/**
 * The experiment-relative path of one acquisition or file, "raw/2026-11-21/lyso/run_1"; just the folder's name when the values left
 * nothing for the template. A taken path is the caller's to solve.
 */
export function destinationPath(
  { folder, template }: Destination,
  values: DestinationValues,
  kind: SourceKind,
): string {
  const below = expandTemplate(template, values, kind);
  return below === '' ? folder : `${folder}/${below}`;
}
