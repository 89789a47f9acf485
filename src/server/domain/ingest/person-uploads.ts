import type { StoredPart, UploadCompleteResponse } from '../../../shared/contracts/agent-api.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { partBytesFor } from '../../../shared/model/browser-upload.ts';
import type { Queryable } from '../../db/client.ts';
import { roomForUpload } from '../accounting/storage.ts';
import type { ServiceContext } from '../context.ts';
import { type ExperimentRow, requireExperiment } from '../experiments/experiment.policy.ts';
import {
  requireOpenExperiment,
  requirePerson,
  requirePlace,
  type StandingFile,
  standingAt,
} from '../files/person-place.ts';
import { abortUpload } from './abort-upload.ts';
import { type CompleteInput, completeAmong } from './complete-upload.ts';
import { freePaths } from './free-paths.ts';
import { openUploadsAt, openUploadsOf } from './person-upload.repository.ts';
import { findUploads, insertUpload, type UploadRow } from './upload.repository.ts';
import { type IngestDeps, noSuchUpload, type OpenedUpload, signAll } from './uploads.ts';

/*
 * Files that people put into an experiment with a browser, by the way agents bring theirs: parts by signed address, proved by the store, and the
 * SHA-256 of the source in the record. A file is found again by its fingerprint when the same person chooses it once more, so it goes on after a
 * closed tab from the parts the store has.
 */

/** What is done where the name is taken. */
export const CLASH_CHOICES = ['refuse', 'number', 'version'] as const;
export type ClashChoice = (typeof CLASH_CHOICES)[number];

export interface OpenedFile {
  uploadId: string;
  /** Finally given. */
  path: string;
  partBytes: number;
  /** What the store has of it already. */
  parts: StoredPart[];
}

const MAX_TRIES = 20;

/** Only what a person put there gets a new version by a person: what agents and jobs wrote stays as they wrote it. */
const mayRewrite = ({ kind, agentId, datasetId }: StandingFile): boolean =>
  kind === 'other' && agentId === null && datasetId === null;

export type TakenName =
  | { path: string; by: 'file'; sizeBytes: number; sha256: string; mayRewrite: boolean }
  | { path: string; by: 'folder' }
  /** A file stands where a folder of the path would have to be. */
  | { path: string; by: 'file-above'; above: string };

/** Which of these names are taken, and by what: asked before anything is sent. */
export async function checkNames(
  { db }: IngestDeps,
  ctx: ServiceContext,
  input: { experimentId: string; paths: readonly string[] },
): Promise<{ taken: TakenName[] }> {
  const { id } = await requireOpenExperiment(db, ctx, input.experimentId);
  for (const path of input.paths) requirePlace(path);
  const { files, folders, fileAbove } = await standingAt(db, id, input.paths);
  const taken = input.paths.map((path): TakenName | null => {
    const file = files.get(path);
    if (file) {
      const { sizeBytes, sha256 } = file;
      return { ...{ path, by: 'file', sizeBytes, sha256 }, mayRewrite: mayRewrite(file) };
    }
    if (folders.has(path)) return { path, by: 'folder' };
    const blocking = fileAbove(path);
    return blocking === undefined ? null : { path, by: 'file-above', above: blocking };
  });
  return { taken: taken.filter((one) => one !== null) };
}

export interface PersonFile {
  experimentId: string;
  path: string;
  sizeBytes: number;
  fingerprint: string;
  onClash: ClashChoice;
}

/** What the store has of an upload; null when it lost it. */
async function partsOf({ store }: IngestDeps, row: UploadRow): Promise<StoredPart[] | null> {
  try {
    const { storeKey, storeUploadRef, partBytes } = row;
    return await store.listParts({ key: storeKey, uploadRef: storeUploadRef, partBytes });
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

/** The same file, begun before: goes on where it was. One that was begun for another end is given up. */
async function goOn(
  deps: IngestDeps,
  ctx: ServiceContext,
  personId: string,
  input: PersonFile,
): Promise<OpenedFile | null> {
  for (const row of await openUploadsOf(deps.db, { ...input, personId })) {
    const fitsChoice =
      input.onClash === 'version'
        ? row.replacesFileId !== null || row.path === input.path
        : row.replacesFileId === null && (input.onClash === 'number' || row.path === input.path);
    const parts = fitsChoice ? await partsOf(deps, row) : null;
    if (parts) return { uploadId: row.id, path: row.path, partBytes: row.partBytes, parts };
    await abortUpload(deps, ctx, row);
  }
  return null;
}

function newRow(
  ctx: ServiceContext,
  personId: string,
  { id: experimentId, instrumentId }: ExperimentRow,
  input: PersonFile,
  place: Pick<UploadRow, 'path' | 'storeKey' | 'storeUploadRef' | 'replacesFileId'>,
): UploadRow {
  return {
    ...{ id: ctx.newId(), clientId: ctx.newId(), agentId: null, personId, fingerprint: input.fingerprint },
    ...{
      datasetId: null,
      experimentId,
      instrumentId,
      kind: 'other',
      partBytes: partBytesFor(input.sizeBytes),
    },
    ...{ state: 'open', parts: null, fileId: null, source: null, sourcePath: null, acquired: null },
    ...{ unassignedReason: null, createdAt: ctx.now(), completedAt: null },
    ...place,
  };
}

const opened = ({ id, path, partBytes }: UploadRow): OpenedFile => ({
  ...{ uploadId: id, path, partBytes, parts: [] },
});

async function openVersion(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  personId: string,
  experiment: ExperimentRow,
  input: PersonFile,
  file: StandingFile,
): Promise<OpenedFile> {
  if (!mayRewrite(file)) {
    throw new AppError(
      'CONFLICT',
      `${file.path} was not put there by a person, so nobody writes over it: keep both.`,
    );
  }
  const { uploadRef } = await store.openUpload({
    ...{ key: file.storeKey, partBytes: partBytesFor(input.sizeBytes), sizeBytes: input.sizeBytes },
  });
  const place = { path: file.path, storeKey: file.storeKey, storeUploadRef: uploadRef };
  const row = newRow(ctx, personId, experiment, input, { ...place, replacesFileId: file.id });
  await insertUpload(db, row);
  return opened(row);
}

const taken = (path: string) =>
  new AppError(
    'CONFLICT',
    `${path} is there already, or on its way there. Keep both, or choose another name.`,
  );

async function openNew(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  personId: string,
  experiment: ExperimentRow,
  input: PersonFile,
): Promise<OpenedFile> {
  const isFixed = input.onClash !== 'number';
  const { folders } = await standingAt(db, experiment.id, [input.path]);
  const barred = [...folders].map((path) => `${experiment.code}/${path}`);
  const partBytes = partBytesFor(input.sizeBytes);
  const { sizeBytes } = input;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const wanted = { path: input.path, keyPrefix: experiment.code, experimentId: experiment.id };
    const [path] = await freePaths(db, [wanted], barred);
    if (isFixed && path !== input.path) throw taken(input.path);
    const storeKey = `${experiment.code}/${path}`;
    // Something that no record knows lies there, such as what a job left in the tree.
    const isThere = (await store.stat(storeKey)) !== null;
    if (!isThere) {
      const { uploadRef } = await store.openUpload({ key: storeKey, partBytes, sizeBytes });
      const place = { path: path!, storeKey, storeUploadRef: uploadRef, replacesFileId: null };
      const row = newRow(ctx, personId, experiment, input, place);
      if (await insertUpload(db, row)) return opened(row);
      await store.abortUpload({ key: storeKey, uploadRef });
    }
    if (isFixed) throw taken(input.path);
    barred.push(storeKey);
  }
  throw new AppError('CONFLICT', `No free name like ${input.path} was found.`);
}

/**
 * Opens the upload of a file, or finds the one that the person began before. Everything that would refuse it is asked now, before a byte moves: the
 * role, whether the experiment is closed, the place, the room, the name.
 */
export async function openPersonUpload(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: PersonFile,
): Promise<OpenedFile> {
  const experiment = await requireOpenExperiment(deps.db, ctx, input.experimentId);
  const personId = requirePerson(ctx);
  requirePlace(input.path);
  const full = await roomForUpload(deps.db, ctx, experiment.facilityId, input.sizeBytes);
  if (full) throw full;
  const before = await goOn(deps, ctx, personId, input);
  if (before) return before;
  // Their own of another content, such as of a file that was changed since: the newest choice counts.
  for (const row of await openUploadsAt(deps.db, { ...input, personId })) await abortUpload(deps, ctx, row);
  const file = (await standingAt(deps.db, experiment.id, [input.path])).files.get(input.path);
  if (file && input.onClash === 'version') {
    return openVersion(deps, ctx, personId, experiment, input, file);
  }
  return openNew(deps, ctx, personId, experiment, input);
}

/** The caller's own upload, while they may still put files there. Of another's it is said that there is none. */
async function requireOwn(q: Queryable, ctx: ServiceContext, uploadId: string): Promise<UploadRow> {
  const personId = requirePerson(ctx);
  const [row] = await findUploads(q, [uploadId]);
  if (!row || row.personId !== personId || row.experimentId === null) throw noSuchUpload();
  await requireExperiment(q, ctx, row.experimentId, 'file.upload');
  return row;
}

/** Signs parts right before they are sent. Throws ALREADY_DONE once the upload is completed. */
export async function signPersonParts(
  { db, store }: IngestDeps,
  ctx: ServiceContext,
  input: { uploadId: string; partNumbers: readonly number[] },
): Promise<{ signed: OpenedUpload['signed'] }> {
  const row = await requireOwn(db, ctx, input.uploadId);
  if (row.state !== 'open') throw new AppError('ALREADY_DONE', 'This file is stored.');
  return { signed: await signAll(store, row, input.partNumbers) };
}

/** What a browser says of a file whose parts are all stored. */
export interface SentWhole {
  uploadId: string;
  sizeBytes: number;
  sha256: string;
  parts: StoredPart[];
  modifiedAt: string;
  firstPartSentAt: string;
  /** The browser's clock now. */
  sentAt: string;
}

/** Completes an upload as those of agents are: the store proves the parts, then the record is made. May be asked again. */
export async function completePersonUpload(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: SentWhole,
): Promise<UploadCompleteResponse> {
  const row = await requireOwn(deps.db, ctx, input.uploadId);
  const { uploadId, sizeBytes, sha256, parts, modifiedAt, firstPartSentAt } = input;
  const apartMs = ctx.now().getTime() - Date.parse(input.sentAt);
  // Less than the way of a request may take is no difference of clocks.
  const clockOffsetMs = Math.abs(apartMs) < 5000 ? 0 : apartMs;
  const stamps = { createdAt: modifiedAt, settledAt: modifiedAt, firstPartSentAt, clockOffsetMs };
  const completion: CompleteInput = {
    ...{ uploadId, sizeBytes, sha256, parts, stamps, chunks: [], masks: [], frameValues: [] },
  };
  const findOwn = async () =>
    new Map([[row.id, { row: await requireOwn(deps.db, ctx, row.id), dataset: null }]]);
  const [outcome] = await completeAmong(deps, ctx, [completion], findOwn);
  if ('error' in outcome!) throw outcome.error;
  return outcome!.file;
}

/** Gives an upload up, with what the store has of it. Nothing happens to one that is completed. */
export async function cancelPersonUpload(
  deps: IngestDeps,
  ctx: ServiceContext,
  input: { uploadId: string },
): Promise<{ removed: boolean }> {
  const row = await requireOwn(deps.db, ctx, input.uploadId);
  return { removed: row.state === 'open' && (await abortUpload(deps, ctx, row)) };
}
