import type { Client } from 'pg';
import type { FrameRange, HeartbeatRequest } from '#src/shared/contracts/agent-api.ts';
import type { ChannelGap } from '#src/shared/contracts/frame-index.ts';
import type { Channel } from '#src/shared/contracts/geometry.ts';
import type { StoredObjects } from '../parts/stored-objects.ts';

/** What database and store say about one instrument, read from both directly. */
export interface StoreView {
  datasets: StoredDataset[];
  files: StoredFile[];
  tables: StoredTable[];
  /** Store keys the database knows beside those of `files`: former versions and previews. */
  otherKeys: { storeKey: string; sha256: string | null }[];
  reports: { code: string; message: string; count: number }[];
  agents: { id: string; name: string; status: Omit<HeartbeatRequest, 'reports'> | null }[];
  /** Keys of all objects that lie in the places of this instrument. */
  objects: string[];
}

/** With the objects as files below `folder`, so that their bytes can be read. */
export type ReadableStore = StoreView & { folder: string };

export interface StoredDataset {
  id: string;
  seriesUniqueId: string;
  base: string;
  /** Null: in the unassigned tray. */
  experimentCode: string | null;
  unassignedReason: string | null;
  state: string;
  ending: string | null;
  framesExpected: number | null;
  framesReceived: number | null;
  framesStored: number;
  missing: FrameRange[];
  lost: FrameRange[];
  absentFiles: string[];
  channelGaps: ChannelGap[];
  channels: Channel[];
  masterFileId: string | null;
}

export interface StoredFile {
  id: string;
  datasetId: string | null;
  experimentCode: string | null;
  unassignedReason: string | null;
  kind: string;
  path: string;
  storeKey: string;
  sizeBytes: number;
  sha256: string;
  version: number;
  source: string | null;
  sourcePath: string | null;
}

/** Where the frames of one channel lie in a file: rows of (u64 LE offset, u32 LE size), size 0 = absent. */
export interface StoredTable {
  fileId: string;
  datasetId: string;
  channel: string;
  firstFrame: number;
  rows: number;
  entries: Buffer;
}

/** Reads everything of the instrument; `client` is a connection to the installation's database. */
export async function readStore(
  client: Client,
  store: StoredObjects,
  instrumentId: string,
): Promise<StoreView> {
  const rows = async <T>(sql: string): Promise<T[]> => (await client.query(sql, [instrumentId])).rows as T[];
  // One moment for all: what an agent says must not be newer than what is recorded of its files.
  await client.query('begin isolation level repeatable read read only');
  const datasets = await rows<StoredDataset>(`
    select d.id, d.series_unique_id as "seriesUniqueId", d.base, e.code as "experimentCode",
      d.unassigned_reason as "unassignedReason", d.state, d.ending, d.frames_expected::float8 as "framesExpected",
      d.frames_received::float8 as "framesReceived", d.frames_stored::float8 as "framesStored", d.missing, d.lost,
      d.absent_files as "absentFiles", d.channel_gaps as "channelGaps", d.channels, d.master_file_id as "masterFileId"
    from dataset d left join experiment e on e.id = d.experiment_id where d.instrument_id = $1`);
  const files = await rows<StoredFile>(`
    select f.id, f.dataset_id as "datasetId", e.code as "experimentCode", f.unassigned_reason as "unassignedReason",
      f.kind, f.path, f.store_key as "storeKey", f.size_bytes::float8 as "sizeBytes", f.sha256, f.version, f.source,
      f.source_path as "sourcePath"
    from file f left join experiment e on e.id = f.experiment_id
    where f.instrument_id = $1 and f.kind <> 'result'`);
  const tables = await rows<StoredTable>(`
    select t.file_id as "fileId", t.dataset_id as "datasetId", t.channel, t.first_frame::float8 as "firstFrame", t.rows, t.entries
    from frame_table t join dataset d on d.id = t.dataset_id where d.instrument_id = $1`);
  const otherKeys = await rows<StoreView['otherKeys'][number]>(`
    select v.store_key as "storeKey", v.sha256 from file_version v join file f on f.id = v.file_id where f.instrument_id = $1
    union all
    select p.store_key, null from preview p join dataset d on d.id = p.dataset_id where d.instrument_id = $1
    union all
    select f.store_key, f.sha256 from file f where f.instrument_id = $1 and f.kind = 'result'`);
  const reports = await rows<StoreView['reports'][number]>(`
    select r.code, r.message, r.count from agent_report r join agent a on a.id = r.agent_id
    where a.instrument_id = $1 order by r.at`);
  const agents = await rows<StoreView['agents'][number]>(
    'select id, name, status from agent where instrument_id = $1',
  );
  const codes = await rows<{ code: string }>('select code from experiment where instrument_id = $1');
  await client.query('commit');
  const places = [...codes.map(({ code }) => code), `_unassigned/${instrumentId}`];
  const objects: string[] = [];
  for (const place of places) objects.push(...(await store.below(place)));
  return { datasets, files, tables, otherKeys, reports, agents, objects };
}
