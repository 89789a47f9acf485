import type { AccessCases } from './access-case.ts';
import { atInstrument, endsWith, inFacility } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const managesAgents = atInstrument('instrument.agents');
const givesLicences = atInstrument('instrument.licences');

const itsAgent = (w: AccessWorld) => ({ agentId: w.agentId });
const inAYear = () => new Date(Date.now() + 365 * 24 * 3600 * 1000);

const toRaw = (w: AccessWorld) => ({
  ...itsAgent(w),
  source: 'eiger',
  kind: 'stream' as const,
  folder: 'raw' as const,
  template: '{date}/{prefix}',
});

/** Agents are the business of staff of their instrument, their licences of admins too; to everybody else there is no such agent. */
export const AGENT_CASES: AccessCases['agents'] = {
  list: [
    { what: 'of the instrument', rule: managesAgents, input: (w) => ({ instrumentId: w.instrument.id }) },
  ],
  ofFacility: [
    {
      what: 'of the facility',
      rule: inFacility('facility.agents'),
      input: (w) => ({ facilityId: w.facility.id }),
    },
  ],
  create: [
    {
      what: 'at the instrument',
      rule: givesLicences,
      input: (w) => ({
        instrumentId: w.instrument.id,
        kind: 'sync',
        name: 'another agent',
        folders: ['raw'],
        expiresAt: inAYear(),
      }),
    },
  ],
  issueLicence: [
    {
      what: 'to the agent',
      rule: givesLicences,
      input: (w) => ({ ...itsAgent(w), folders: ['raw'], expiresAt: inAYear() }),
    },
  ],
  revokeLicence: [
    { what: 'of the agent', rule: givesLicences, input: (w) => ({ ...itsAgent(w), reason: 'a test' }) },
  ],
  restoreLicence: [
    { what: 'that is not revoked', rule: endsWith(givesLicences, 'ALREADY_DONE'), input: itsAgent },
  ],
  remove: [{ what: 'the agent', rule: managesAgents, input: itsAgent }],
  setUploads: [
    {
      what: 'of the agent',
      rule: managesAgents,
      input: (w) => ({ ...itsAgent(w), mode: 'paused', held: 'send' }),
    },
  ],
  command: [
    { what: 'to the agent', rule: managesAgents, input: (w) => ({ ...itsAgent(w), kind: 'rescan' }) },
  ],
  commands: [{ what: 'of the agent', rule: managesAgents, input: itsAgent }],
  destinations: [{ what: 'of the agent', rule: managesAgents, input: itsAgent }],
  previewDestination: [{ what: 'of the agent', rule: managesAgents, input: toRaw }],
  setDestination: [{ what: 'of the agent', rule: managesAgents, input: toRaw }],
};
