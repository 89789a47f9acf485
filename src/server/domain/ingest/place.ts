import { createHash } from 'node:crypto';
import { AppError } from '../../../shared/errors/app-error.ts';
import {
  type DestinationSince,
  type DestinationSource,
  destinationFor,
  destinationPath,
} from '../../../shared/model/destination.ts';
import type { DestinationValues } from '../../../shared/model/destination-template.ts';
import type { Folder } from '../../../shared/model/states.ts';
import { assertStorePath, splitStorePath } from '../../../shared/model/store-path.ts';
import type { Queryable } from '../../db/client.ts';
import type { AgentPrincipal } from '../agents/agent.policy.ts';
import { destinationsOfAgent, timeZoneOf } from './source.repository.ts';

/** Leaves room in a store key for the place before it and for suffixes. */
const MAX_FILE_PATH_BYTES = 850;

/** What decides where an agent's data go; asked once per request. */
export interface Places {
  destinations: readonly DestinationSince[];
  timeZone: string;
}

export async function placesOf(q: Queryable, agent: AgentPrincipal): Promise<Places> {
  const destinations = await destinationsOfAgent(q, agent.agentId);
  return { destinations, timeZone: await timeZoneOf(q, agent.instrumentId) };
}

/** Throws NOT_ALLOWED unless the agent's licence lets it write the folder of this path. */
export function requireFolderOf(agent: AgentPrincipal, path: string): void {
  const folder = path.split('/')[0] as Folder;
  if (agent.folders.includes(folder)) return;
  throw new AppError(
    'NOT_ALLOWED',
    `The licence of ${agent.name} does not permit files in ${folder}: give it another licence.`,
  );
}

/** The same for the destination of a source, which staff may change as well. */
function requireFolder(agent: AgentPrincipal, folder: Folder, source: string): void {
  if (agent.folders.includes(folder)) return;
  throw new AppError(
    'NOT_ALLOWED',
    `The licence of ${agent.name} does not permit files in ${folder}, where data of ${source} are to go: give ${source} another destination, or ${agent.name} another licence.`,
  );
}

/**
 * The experiment-relative path that counted for the source when the data were acquired; `name` stands where the values leave nothing.
 * Throws NOT_ALLOWED when the licence does not permit the folder.
 */
export function placeFor(
  { destinations, timeZone }: Places,
  agent: AgentPrincipal,
  source: DestinationSource,
  values: Omit<DestinationValues, 'timeZone' | 'source'>,
  name: string,
): string {
  const destination = destinationFor(destinations, source, values.at);
  requireFolder(agent, destination.folder, source.name);
  const path = destinationPath(destination, { ...values, timeZone, source: source.name }, source.kind);
  return path === destination.folder ? `${path}/${name}` : path;
}

/** A path that can be stored, with the same name at its end: one that is too long loses the folders before it to a short hash of them. */
export function storablePath(path: string): string {
  let fitting = path;
  if (Buffer.byteLength(path) > MAX_FILE_PATH_BYTES) {
    const { parent, name } = splitStorePath(path);
    const hash = createHash('sha256').update(parent).digest('hex').slice(0, 12);
    fitting = `${path.split('/')[0]}/${hash}/${name}`;
  }
  assertStorePath(fitting);
  return fitting;
}
