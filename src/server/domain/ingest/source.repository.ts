import { and, eq, inArray, min, sql } from 'drizzle-orm';
import type { DestinationSince } from '../../../shared/model/destination.ts';
import type { Queryable } from '../../db/client.ts';
import {
  agent,
  agentLicence,
  destination,
  experiment,
  facility,
  file,
  instrument,
  upload,
} from '../../db/schema/index.ts';
import type { FileRow, UploadRow } from './upload.repository.ts';

/** Since when an agent's clock is compared with the server's: its first enrolment; of one that never had a licence, its making. */
export async function clockKnownFrom(q: Queryable, agentId: string): Promise<Date> {
  const [row] = await q
    .select({ createdAt: agent.createdAt, enrolledAt: min(agentLicence.enrolledAt) })
    .from(agent)
    .leftJoin(agentLicence, eq(agentLicence.agentId, agent.id))
    .where(eq(agent.id, agentId))
    .groupBy(agent.id);
  return row!.enrolledAt ?? row!.createdAt;
}

/** Every destination the agent's sources ever had. */
export async function destinationsOfAgent(q: Queryable, agentId: string): Promise<DestinationSince[]> {
  return q
    .select({
      source: destination.source,
      folder: destination.folder,
      template: destination.template,
      since: destination.since,
    })
    .from(destination)
    .where(eq(destination.agentId, agentId));
}

/** IANA name of the time zone of the instrument's facility. */
export async function timeZoneOf(q: Queryable, instrumentId: string): Promise<string> {
  const [row] = await q
    .select({ timeZone: facility.timeZone })
    .from(instrument)
    .innerJoin(facility, eq(facility.id, instrument.facilityId))
    .where(eq(instrument.id, instrumentId));
  return row!.timeZone;
}

/** Codes by id; ids of no experiment are left out. */
export async function experimentCodes(
  q: Queryable,
  ids: Iterable<string | null>,
): Promise<Map<string | null, string>> {
  const wanted = [...new Set(ids)].filter((id) => id !== null);
  if (wanted.length === 0) return new Map();
  const rows = await q
    .select({ id: experiment.id, code: experiment.code })
    .from(experiment)
    .where(inArray(experiment.id, wanted));
  return new Map(rows.map(({ id, code }) => [id, code]));
}

/** What the instrument's sources of these names have brought under these paths. */
export async function filesFromSource(
  q: Queryable,
  instrumentId: string,
  origins: readonly { source: string; sourcePath: string }[],
): Promise<FileRow[]> {
  if (origins.length === 0) return [];
  return q
    .select()
    .from(file)
    .where(
      and(
        eq(file.instrumentId, instrumentId),
        inArray(file.source, [...new Set(origins.map(({ source }) => source))]),
        inArray(file.sourcePath, [...new Set(origins.map(({ sourcePath }) => sourcePath))]),
      ),
    );
}

/** Uploads with the files they became or are to give a new version, if any. */
export async function uploadsWithFiles(
  q: Queryable,
  clientIds: readonly string[],
): Promise<{ upload: UploadRow; file: FileRow | null }[]> {
  if (clientIds.length === 0) return [];
  return q
    .select({ upload, file })
    .from(upload)
    .leftJoin(file, sql`${file.id} = coalesce(${upload.fileId}, ${upload.replacesFileId})`)
    .where(inArray(upload.clientId, [...clientIds]));
}
