import type { FrameRange, MaskLocation } from '../../../shared/contracts/agent-api.ts';
import type { Channel, Geometry } from '../../../shared/contracts/geometry.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { ScanGrid } from '../../../shared/model/acquisition-fields.ts';
import { normalText } from '../../../shared/model/plain-text.ts';
import type { DatasetState } from '../../../shared/model/states.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { Database } from '../../db/client.ts';
import type { ObjectStore } from '../../storage/object-store.port.ts';
import type { ServiceContext } from '../context.ts';
import { requireExperiment } from '../experiments/experiment.policy.ts';
import { spotsOfDataset, spotsOfFastFeedback } from '../instruments/dataset-spots.ts';
import type { SpotLine } from '../instruments/spot-line.ts';
import { createAnnouncements } from './announce-acquisition.ts';
import { requireDataset } from './dataset.policy.ts';
import {
  type DatasetSummary,
  fileKey,
  filesOf,
  findSummary,
  frameTables,
  listFrameValues,
  listPreviews,
} from './dataset.repository.ts';
import {
  type DatasetFilter,
  listByMetric,
  listSummaries,
  type MetricPlace,
} from './dataset-list.repository.ts';
import { type AcquisitionFacts, acquisitionFacts, createCorrections } from './edit-acquisition.ts';
import { createAcquisitionImport } from './import-acquisitions.ts';
import { snapshotsOf } from './snapshot.repository.ts';
import { createSnapshots } from './snapshots.ts';

export type { DatasetSummary } from './dataset.repository.ts';

export interface DatasetDetail extends DatasetSummary {
  detectorSerialNumber: string;
  seriesUniqueId: string;
  framesPerFile: number;
  channels: Channel[];
  geometry: Geometry;
  userData: unknown;
  /** What else is known of its acquisition, and what of it a person corrected. */
  acquisition: AcquisitionFacts;
  masterFileId: string | null;
  files: number;
  sizeBytes: number;
  lastCommittedAt: Date | null;
}

export interface FrameIndexFile {
  fileId: string;
  path: string;
  /** Signed; serves ranges. Good until `expiresAt`. */
  url: string;
  /** 0-based image id of the first row. */
  firstFrame: number;
  rows: number;
  /** base64 of rows × (u64 LE offset, u32 LE size): size 0 = this frame never came. */
  entries: string;
}

export interface FrameIndex {
  datasetId: string;
  state: DatasetState;
  framesExpected: number | null;
  framesStored: number;
  missing: FrameRange[];
  lost: FrameRange[];
  /** Stored without this channel. */
  lacking: FrameRange[];
  /** Stored in files of which it is known how many frames they have, and not where; in order. */
  unlocated: FrameRange[];
  /** Some of these files were not looked into yet: `locateFrames` does it. */
  isToBeLocated: boolean;
  /** Why it is not known of the others, each reason once. */
  unlocatedWhy: string[];
  channel: string;
  channels: Channel[];
  geometry: Geometry;
  files: FrameIndexFile[];
  /** Pixel masks with the address of the master they lie in; empty until the master has come. */
  masks: (MaskLocation & { url: string })[];
  /** When the first of the addresses ends; null when there is none. Ask again before. */
  expiresAt: Date | null;
}

/** Numbers per frame that came with the stream, of one name. */
export interface FrameSeries {
  name: string;
  /** base64 of float32 LE, one per frame from frame 0 on; NaN = none. */
  values: string;
}

export interface DatasetPreview {
  /** 0-based image id. */
  frame: number;
  /** Kept for good; otherwise it is the newest, and the next takes its place. */
  kept: boolean;
  sizeBytes: number;
  storedAt: Date;
  url: string;
  expiresAt: Date;
}

const MAX_REASONS = 5;
/** Longer series are cut: 4 MB per name. */
const MAX_FRAME_VALUES = 1_000_000;

/** Newest first: `<startedAt> <id>` of the last one seen. */
function parseCursor(cursor: string | null | undefined): { startedAt: Date; id: string } | null {
  if (!cursor) return null;
  const [iso, id] = cursor.split(' ');
  const startedAt = new Date(iso ?? '');
  if (Number.isNaN(startedAt.getTime()) || !isUuid(id ?? '')) {
    throw new AppError('BAD_INPUT', 'The cursor is not one of this list.');
  }
  return { startedAt, id: id! };
}

/** By a metric: `<value, or none> <id>` of the last one seen. */
function parseMetricCursor(cursor: string | null | undefined): MetricPlace | null {
  if (!cursor) return null;
  const [value, id] = cursor.split(' ');
  if (!/^(none|-?\d{1,17}(\.\d{1,17})?(e[+-]\d{1,3})?)$/.test(value ?? '') || !isUuid(id ?? '')) {
    throw new AppError('BAD_INPUT', 'The cursor is not one of this list.');
  }
  return { value: value === 'none' ? null : value!, id: id! };
}

export function createDatasetsService({ db, store }: { db: Database; store: ObjectStore }) {
  return {
    ...createAnnouncements({ db, store }),
    ...createSnapshots({ db, store }),
    ...createCorrections({ db }),
    ...createAcquisitionImport({ db }),

    /** Datasets of an experiment, newest first, or by a number that jobs told of them (those without it last). */
    async listDatasets(
      ctx: ServiceContext,
      input: DatasetFilter & {
        experimentId: string;
        sort?: { metric: string; falls: boolean };
        cursor?: string | null;
        limit: number;
      },
    ): Promise<{ items: DatasetSummary[]; nextCursor: string | null }> {
      const { experimentId, sort, cursor, limit, ...asked } = input;
      await requireExperiment(db, ctx, experimentId, 'experiment.view');
      const text = (typed = '') => normalText(typed.replaceAll('\u0000', ' ')) || undefined;
      const filter = { ...asked, search: text(asked.search), sample: text(asked.sample) };
      if (sort) {
        const after = parseMetricCursor(cursor);
        const rows = await listByMetric(db, { experimentId, filter, ...sort, after, limit: limit + 1 });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const nextCursor =
          rows.length > page.length && last ? `${last.metricValue ?? 'none'} ${last.id}` : null;
        return { items: page.map(({ metricValue: _, ...item }) => item), nextCursor };
      }
      const after = parseCursor(cursor);
      const rows = await listSummaries(db, { experimentId, filter, after, limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const more = rows.length > items.length && last;
      return { items, nextCursor: more ? `${last.startedAt.toISOString()} ${last.id}` : null };
    },

    async getDataset(ctx: ServiceContext, input: { datasetId: string }): Promise<DatasetDetail> {
      const row = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      const [summary, totals, acquisition] = await Promise.all([
        findSummary(db, row.id),
        filesOf(db, row.id),
        acquisitionFacts(db, row.id),
      ]);
      return {
        ...summary!,
        ...totals,
        detectorSerialNumber: row.detectorSerialNumber,
        seriesUniqueId: row.seriesUniqueId,
        framesPerFile: row.framesPerFile,
        channels: row.channels,
        geometry: row.geometry,
        userData: row.userData,
        acquisition,
        masterFileId: row.masterFileId,
      };
    },

    /** What a row of a list draws beside its words: spots per frame as a line, and the first picture that was taken of what is measured. */
    async glance(
      ctx: ServiceContext,
      input: { datasetId: string },
    ): Promise<{ spots: SpotLine | null; snapshot: { name: string; url: string; expiresAt: Date } | null }> {
      const row = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      const [spots, [first]] = await Promise.all([
        spotsOfDataset(db, row.id),
        snapshotsOf(db, row.acquisitionId),
      ]);
      const snapshot = first && { name: first.name, ...(await store.signGet(first.storeKey)) };
      return { spots, snapshot: snapshot ?? null };
    },

    /**
     * The lattice of a scan, null where nobody told one, and numbers per frame to be laid on it: those of the stream, and the spots that fast feedback found where
     * the stream told none.
     */
    async scan(
      ctx: ServiceContext,
      input: { datasetId: string },
    ): Promise<{ grid: ScanGrid | null; series: FrameSeries[] }> {
      const row = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      const { grid } = await acquisitionFacts(db, row.id);
      if (!grid) return { grid: null, series: [] };
      return { grid, series: await seriesOf(db, row.id) };
    },

    /** Numbers per frame for plots: those of the stream, and the spots that fast feedback found where the stream told none. */
    async frameValues(ctx: ServiceContext, input: { datasetId: string }): Promise<FrameSeries[]> {
      const row = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      return seriesOf(db, row.id);
    },

    /** Small pictures of frames, made at the source, with addresses; the newest frame first. */
    async previews(
      ctx: ServiceContext,
      input: { datasetId: string; limit: number },
    ): Promise<DatasetPreview[]> {
      const row = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      const rows = await listPreviews(db, row.id, input.limit);
      return Promise.all(
        rows.map(async ({ frame, kept, sizeBytes, storedAt, storeKey }) => {
          const signed = await store.signGet(storeKey);
          return { frame, kept, sizeBytes, storedAt, ...signed };
        }),
      );
    },

    /**
     * Where the frames lie, for a viewer that fetches them by range. `channel` defaults to the first; `first` and `last` (0-based,
     * inclusive) narrow a long series.
     */
    async frameIndex(
      ctx: ServiceContext,
      input: { datasetId: string; channel?: string | null; first?: number; last?: number },
    ): Promise<FrameIndex> {
      const row = await requireDataset(db, ctx, input.datasetId, 'experiment.view');
      const channel = input.channel ?? row.channels[0]!.name;
      if (!row.channels.some((known) => known.name === channel)) {
        throw new AppError('NOT_FOUND', `The dataset has no channel ${channel}.`);
      }
      const [tables, master] = await Promise.all([
        frameTables(db, {
          datasetId: row.id,
          channel,
          first: input.first ?? 0,
          last: input.last ?? Number.MAX_SAFE_INTEGER,
        }),
        fileKey(db, row.masterFileId),
      ]);
      let expiresAt: Date | null = null;
      const sign = async (storeKey: string, version: number): Promise<string> => {
        const signed = await store.signGet(storeKey, { version });
        if (!expiresAt || signed.expiresAt < expiresAt) expiresAt = signed.expiresAt;
        return signed.url;
      };
      const located = tables.filter(({ entries }) => entries.length > 0);
      const unknown = tables.filter(({ entries }) => entries.length === 0);
      const reasons = new Set(unknown.map(({ unlocatedWhy }) => unlocatedWhy).filter((why) => why !== null));
      const unlocated = unknown.map(
        ({ firstFrame, rows }): FrameRange => [firstFrame, firstFrame + rows - 1],
      );
      const files = await Promise.all(
        located.map(async ({ fileId, path, storeKey, version, firstFrame, rows, entries }) => ({
          fileId,
          path,
          url: await sign(storeKey, version),
          firstFrame,
          rows,
          entries: Buffer.from(entries).toString('base64'),
        })),
      );
      const masterUrl = master ? await sign(master.storeKey, master.version) : null;
      const masks = masterUrl === null ? [] : row.masks.map((mask) => ({ ...mask, url: masterUrl }));
      const { state, framesExpected, framesStored, missing, lost, channels, geometry } = row;
      const lacking = row.channelGaps.find((gap) => gap.channel === channel)?.frames ?? [];
      return {
        datasetId: row.id,
        state,
        framesExpected,
        framesStored,
        missing,
        lost,
        lacking,
        unlocated,
        isToBeLocated: unknown.some(({ lookedIntoAt }) => lookedIntoAt === null),
        unlocatedWhy: [...reasons].slice(0, MAX_REASONS),
        channel,
        channels,
        geometry,
        files,
        masks,
        expiresAt,
      };
    },
  };
}

export type DatasetsService = ReturnType<typeof createDatasetsService>;

async function seriesOf(db: Database, datasetId: string): Promise<FrameSeries[]> {
  const series = joinedValues(await listFrameValues(db, datasetId));
  if (series.some(({ name }) => name === 'spots')) return series;
  const found = await spotsOfFastFeedback(db, datasetId);
  const last = found.reduce((most, { frame }) => Math.max(most, frame), 0);
  const values = new Float32Array(Math.min(MAX_FRAME_VALUES, last)).fill(Number.NaN);
  for (const { frame, spots } of found) values[frame - 1] = spots;
  return last > 0 ? [{ name: 'spots', values: base64Floats(values) }, ...series] : series;
}

/** One row of values per name, from frame 0 on, NaN where no file had one. */
function joinedValues(rows: Awaited<ReturnType<typeof listFrameValues>>): FrameSeries[] {
  const ends = new Map<string, number>();
  for (const { name, firstFrame, rows: count } of rows) {
    ends.set(name, Math.min(MAX_FRAME_VALUES, Math.max(ends.get(name) ?? 0, firstFrame + count)));
  }
  const joined = new Map([...ends].map(([name, end]) => [name, new Float32Array(end).fill(Number.NaN)]));
  for (const { name, firstFrame, rows: count, values } of rows) {
    const into = joined.get(name)!;
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    for (let row = 0; row < count && firstFrame + row < into.length; row++) {
      into[firstFrame + row] = view.getFloat32(row * 4, true);
    }
  }
  return [...joined].map(([name, values]) => ({ name, values: base64Floats(values) }));
}

function base64Floats(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}
