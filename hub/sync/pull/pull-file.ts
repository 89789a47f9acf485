import { rename, rm } from 'node:fs/promises';
import type { FileAddress, ManifestFile } from '#src/shared/contracts/rest-api.ts';
import type { AskedTogether } from '../../agent/asked-together.ts';
import { ServerRefused } from '../../agent/http-transport.ts';
import type { SpoolThread } from '../../agent/spool-thread.ts';
import { type LocalPlace, type LocalPlaces, lookAt } from './local-places.ts';
import { AddressEnded, fillPart } from './part-file.ts';
import type { Patience } from './patience.ts';
import { diskFault, FileFault, PullEnded } from './pull-faults.ts';
import type { PullServer } from './pull-server.ts';
import type { PullState } from './pull-state.ts';

/** A file that changes at its source while it is fetched is asked for again; more often, somebody has to look. */
const TRIES = 4;

export interface FileContext {
  dir: string;
  server: PullServer;
  /** By path. */
  addresses: Pick<AskedTogether<string, FileAddress>, 'for'>;
  places: LocalPlaces;
  state: PullState;
  patience: { server: Patience; store: Patience };
  thread: Pick<SpoolThread, 'hash'>;
  signal: AbortSignal;
  arrived: (bytes: number) => void;
}

/** What is here under the path, and what may be done with it. */
type Here =
  | { kind: 'absent' }
  | { kind: 'equal' }
  /** An older content that a pull put here and nobody touched. */
  | { kind: 'older'; mtimeMs: number; sizeBytes: number };

async function hashHere(context: FileContext, file: string, sizeBytes: number): Promise<string> {
  try {
    return await context.thread.hash(file, sizeBytes);
  } catch (error) {
    throw new FileFault(`cannot be read here: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Throws FileFault when it is somebody's own. */
async function whatIsHere(context: FileContext, file: ManifestFile, place: LocalPlace): Promise<Here> {
  const here = lookAt(place.file);
  if (here === null) return { kind: 'absent' };
  const known = context.state.get(file.path);
  const isUntouched = known?.sizeBytes === here.sizeBytes && known.mtimeMs === here.mtimeMs;
  if (isUntouched && known.sha256 === file.sha256) return { kind: 'equal' };
  if (isUntouched) return { kind: 'older', ...here };
  // Copied here by other means, or only its time was changed: its bytes tell.
  if (here.sizeBytes === file.sizeBytes || here.sizeBytes === known?.sizeBytes) {
    const sha256 = await hashHere(context, place.file, here.sizeBytes);
    if (sha256 === file.sha256) {
      context.state.put(file.path, { sha256, ...here });
      return { kind: 'equal' };
    }
    if (sha256 === known?.sha256) return { kind: 'older', ...here };
  }
  throw new FileFault(
    known === null
      ? 'kept as it is here: it differs from that of the store. Move it away to have that one'
      : 'kept as it is here: somebody has changed it since it was fetched. Move it away to have that of the store',
  );
}

/** Nobody has put or changed a file in its place meanwhile. */
function assertStillSo(here: Here, file: string): void {
  const now = lookAt(file);
  const isSo =
    here.kind === 'older' ? now?.sizeBytes === here.sizeBytes && now.mtimeMs === here.mtimeMs : now === null;
  if (!isSo) throw new FileFault('kept as it is here: it was written here while it was fetched');
}

/**
 * Brings one file: into a part beside its place, proved by its SHA-256, then to its place in one step. Returns whether it was fetched or is
 * here already. Throws FileFault, PullEnded.
 */
export async function pullFile(context: FileContext, listed: ManifestFile): Promise<'fetched' | 'here'> {
  try {
    const place = context.places.placeOf(listed.path);
    const here = await whatIsHere(context, listed, place);
    if (here.kind === 'equal') return 'here';
    return await fetchFile(context, listed, place, here);
  } catch (error) {
    if (error instanceof FileFault || error instanceof PullEnded || !(error instanceof Error)) throw error;
    throw 'syscall' in error ? diskFault(error, context.dir) : error;
  }
}

async function fetchFile(
  context: FileContext,
  listed: ManifestFile,
  place: LocalPlace,
  here: Here,
): Promise<'fetched'> {
  const { state, patience, signal } = context;
  let why = '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const address = await patience.server
      .answered(() => context.addresses.for(listed.path), signal)
      .catch((error) => {
        throw error instanceof ServerRefused ? new FileFault(`the server says: ${error.message}`) : error;
      });
    const { url, sizeBytes, sha256 } = address;
    const isResumed = state.partOf(listed.path) === sha256;
    state.beginPart(listed.path, sha256);
    const isSame = sha256 === listed.sha256;
    const modifiedAt = isSame && listed.settledAt !== null ? new Date(listed.settledAt) : null;
    try {
      await fillPart(
        { ...context, patience: patience.store },
        { part: place.part, url, sizeBytes, isResumed, modifiedAt },
      );
    } catch (error) {
      if (!(error instanceof AddressEnded)) throw error;
      why = `the store does not give it (${error.message})`;
      continue;
    }
    if ((await hashHere(context, place.part, sizeBytes)) !== sha256) {
      why = `its bytes are not those of its SHA-256 (${sha256}); have it verified in the web app`;
      await rm(place.part, { force: true });
      continue;
    }
    assertStillSo(here, place.file);
    await rename(place.part, place.file);
    state.put(listed.path, { sha256, ...lookAt(place.file)! });
    return 'fetched';
  }
  throw new FileFault(`${TRIES} tries failed: ${why}`);
}
