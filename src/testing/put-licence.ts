import { writeFileSync } from 'node:fs';
import type { IngestWorld } from './ingest-world.ts';
import type { SyncProcess } from './sync-process.ts';

/** Makes an agent of the instrument, and lays its licence beside the executable. @returns path of the file */
export async function putLicence(
  w: IngestWorld,
  sync: Pick<SyncProcess, 'at'>,
  kind: 'hub' | 'sync',
  name = `${kind} of the disk`,
): Promise<string> {
  const made = await w.agents.create(w.as('staff'), {
    instrumentId: w.instrument.id,
    kind,
    name,
    folders: ['raw', 'processed'],
    expiresAt: new Date(Date.now() + 365 * 24 * 3_600_000),
  });
  const path = sync.at(made.fileName);
  writeFileSync(path, made.text, { mode: 0o600 });
  return path;
}
