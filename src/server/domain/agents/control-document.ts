import { createHash } from 'node:crypto';
import {
  CONTROL_HISTORY_DAYS,
  type ControlDocument,
  type ControlExperiment,
  type ControlResponse,
} from '../../../shared/contracts/agent-control.ts';
import { SWITCH_MARGIN_MS } from '../../../shared/model/whose-data.ts';
import type { Queryable } from '../../db/client.ts';
import { openCommands } from './command.repository.ts';
import {
  type ControlExperimentRow,
  experimentsById,
  newestActivations,
  openExperiments,
} from './control.repository.ts';
import type { FacilityKeys } from './facility-keys.ts';
import type { AgentPlace, LicenceRow } from './licence.repository.ts';
import { siteSwitchesTouching } from './site-switch.repository.ts';

const DAY_MS = 24 * 3600 * 1000;
const MAX_ACTIVATIONS = 5000;
const MAX_EXPERIMENTS = 5000;
const MAX_COMMANDS = 100;
const MAX_SWITCHES = 5000;

export type SignedControl = NonNullable<ControlResponse['signed']>;

/** A midnight (UTC), so that the revision changes once a day by it and not with every question. */
function historyStart(now: Date): Date {
  return new Date((Math.floor(now.getTime() / DAY_MS) - CONTROL_HISTORY_DAYS) * DAY_MS);
}

const told = (row: ControlExperimentRow): ControlExperiment => ({
  id: row.id,
  code: row.code,
  title: row.title,
  state: row.state,
  upload: row.uploadEnabled ? 'on' : 'off',
  uploadSince: (row.uploadSince ?? row.createdAt).toISOString(),
  held: row.uploadHeld,
});

/** The experiments that the activations name, then as many others of the instrument as there is room for; in the order of their ids. */
async function experimentsFor(
  q: Queryable,
  instrumentId: string,
  named: ReadonlySet<string>,
): Promise<ControlExperiment[]> {
  const active = named.size > 0 ? await experimentsById(q, [...named]) : [];
  const others = await openExperiments(q, instrumentId, MAX_EXPERIMENTS);
  const rows = [...active, ...others.filter((row) => !named.has(row.id))].slice(0, MAX_EXPERIMENTS);
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1)).map(told);
}

/**
 * What an agent is to know and to obey now. `revision` is the SHA-256 (hex) of the JSON of everything but itself and `issuedAt`: equal
 * content, equal revision, whichever process made it. Read all of it in one snapshot.
 */
export async function controlDocument(
  q: Queryable,
  { agent, instrument, facility }: AgentPlace,
  licence: LicenceRow,
  now: Date,
  storeOrigins: readonly string[] = [],
): Promise<ControlDocument> {
  const from = historyStart(now);
  const newest = await newestActivations(q, instrument.id, from, MAX_ACTIVATIONS);
  // Of an instrument that switches this often the history begins later: what is listed is all there was since.
  const historyFrom = newest.length === MAX_ACTIVATIONS ? newest.at(-1)!.startedAt : from;
  const activations = newest.reverse();
  const switches = await siteSwitchesTouching(q, instrument.id, historyFrom, now);
  const doubtful = switches.filter(({ doubtMs }) => doubtMs > SWITCH_MARGIN_MS).slice(-MAX_SWITCHES);
  const experiments = await experimentsFor(
    q,
    instrument.id,
    new Set(activations.map((activation) => activation.experimentId)),
  );
  const content = {
    format: 1 as const,
    agentId: agent.id,
    facility: { code: facility.code, timeZone: facility.timeZone },
    instrument: { id: instrument.id, slug: instrument.slug, name: instrument.name },
    uploads: {
      mode: agent.uploadMode,
      since: (agent.uploadModeSince ?? agent.createdAt).toISOString(),
      held: agent.uploadHeld,
    },
    folders: licence.folders,
    storeOrigins: [...storeOrigins],
    licenceExpiresAt: licence.expiresAt.toISOString(),
    historyFrom: historyFrom.toISOString(),
    activations: activations.map(({ experimentId, startedAt, endedAt }) => ({
      experimentId,
      startedAt: startedAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
    })),
    doubtfulSwitches: doubtful.map(({ at, doubtMs }) => ({ at: at.toISOString(), doubtMs })),
    experiments,
    commands: await openCommands(q, agent.id, MAX_COMMANDS),
  };
  const revision = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { ...content, revision, issuedAt: now.toISOString() };
}

export function signControl(
  keys: FacilityKeys,
  facilityId: string,
  document: ControlDocument,
): SignedControl {
  const text = JSON.stringify(document);
  return { document: text, signature: keys.sign(facilityId, text) };
}
