import { type LicenceState, licenceState } from '../../../shared/model/licence-state.ts';
import type { Folder, HeldDecision, UploadMode } from '../../../shared/model/states.ts';
import type { Queryable } from '../../db/client.ts';
import { type AgentRow, listAgents, listAgentsOfFacility, listPlaces } from './agent.repository.ts';
import { destinationsOf } from './destination.repository.ts';
import { licencesOf } from './licence.repository.ts';

export interface LicenceView {
  id: string;
  folders: readonly Folder[];
  issuedAt: Date;
  issuedByName: string | null;
  expiresAt: Date;
  enrolledAt: Date | null;
  /** Machine on which it was exchanged for the agent's token. */
  enrolledHost: string | null;
  revokedAt: Date | null;
  revokedByName: string | null;
  revokedReason: string | null;
  state: LicenceState;
}

export interface DestinationView {
  /** A detector's name, "landing", or the name of a watched folder. */
  source: string;
  folder: Folder;
  template: string;
  since: Date;
  createdByName: string | null;
}

/** The switch of staff. */
export interface UploadSwitch {
  mode: UploadMode;
  since: Date;
  byName: string | null;
  held: HeldDecision;
}

/** An agent with its licences: all that admins see of it. */
export interface LicensedAgent {
  id: string;
  kind: 'hub' | 'sync';
  name: string;
  version: string | null;
  createdAt: Date;
  lastSeenAt: Date | null;
  /** The one its token came from; before it enrolled, the newest; null when it has none. */
  licence: LicenceView | null;
  /** A newer one that was issued and not used yet. */
  waitingLicence: LicenceView | null;
}

/** An agent as staff see it. */
export interface AgentView extends LicensedAgent {
  uploads: UploadSwitch;
  /** What counts now, one per source; sources without a row have the default. */
  destinations: DestinationView[];
}

/** An instrument, be it without agents, as admins see it. */
export interface InstrumentAgents {
  instrument: { id: string; slug: string; name: string };
  agents: LicensedAgent[];
}

export interface AgentWithStatus extends AgentView {
  status: AgentRow['status'];
}

function licencesByAgent(rows: Awaited<ReturnType<typeof licencesOf>>, now: Date) {
  const views = new Map<string, LicenceView[]>();
  for (const { licence, issuedByName, revokedByName } of rows) {
    const { agentId, issuedBy: _, revokedBy: __, enrolmentHash: ___, ...told } = licence;
    const view = { ...told, issuedByName, revokedByName, state: licenceState(licence, now) };
    views.set(agentId, [...(views.get(agentId) ?? []), view]);
  }
  return views;
}

/** The licence that counts and the one that waits, of an agent's licences with the newest first. */
function countingLicence(licences: readonly LicenceView[]) {
  const enrolled = licences.filter((licence) => licence.enrolledAt !== null);
  const inForce = enrolled.reduce<LicenceView | null>(
    (last, licence) => (last && last.enrolledAt! >= licence.enrolledAt! ? last : licence),
    null,
  );
  const newest = licences[0] ?? null;
  const waits = inForce !== null && newest !== null && newest.enrolledAt === null;
  return { licence: inForce ?? newest, waitingLicence: waits ? newest : null };
}

/** The agents of each instrument of a facility with their licences, and nothing of what they bring and where it goes. Rights are the caller's to check. */
export async function agentsOfFacility(
  q: Queryable,
  facilityId: string,
  now: Date,
): Promise<InstrumentAgents[]> {
  const places = await listPlaces(q, facilityId);
  const rows = await listAgentsOfFacility(q, facilityId);
  const ids = rows.map(({ id }) => id);
  const licences = licencesByAgent(await licencesOf(q, ids), now);
  return places.map((instrument) => ({
    instrument,
    agents: rows
      .filter(({ instrumentId }) => instrumentId === instrument.id)
      .map(({ instrumentId: _, ...told }) => ({ ...told, ...countingLicence(licences.get(told.id) ?? []) })),
  }));
}

/** The agents of an instrument with everything staff may see of them. Rights are the caller's to check. */
export async function agentsOf(q: Queryable, instrumentId: string, now: Date): Promise<AgentWithStatus[]> {
  const rows = await listAgents(q, instrumentId);
  const ids = rows.map((row) => row.agent.id);
  const [licences, destinations] = [
    licencesByAgent(await licencesOf(q, ids), now),
    await destinationsOf(q, ids),
  ];
  return rows.map(({ agent, switchedByName }) => {
    const current = new Map<string, DestinationView>();
    for (const { destination, createdByName } of destinations) {
      const { source, folder, template, since } = destination;
      if (destination.agentId !== agent.id || since > now || current.has(source)) continue;
      current.set(source, { source, folder, template, since, createdByName });
    }
    return {
      id: agent.id,
      kind: agent.kind,
      name: agent.name,
      version: agent.version,
      createdAt: agent.createdAt,
      lastSeenAt: agent.lastSeenAt,
      status: agent.status,
      uploads: {
        mode: agent.uploadMode,
        since: agent.uploadModeSince ?? agent.createdAt,
        byName: switchedByName,
        held: agent.uploadHeld,
      },
      ...countingLicence(licences.get(agent.id) ?? []),
      destinations: [...current.values()],
    };
  });
}
