import type { AccessCases } from './access-case.ts';
import { endsWith, inExperiment, inFacility, signedIn } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const people = inFacility('facility.people');
const instruments = inFacility('facility.instruments');
const licences = inFacility('facility.licences');
const policies = inFacility('facility.policies');
const audit = inFacility('facility.audit');

const itsFacility = (w: AccessWorld) => ({ facilityId: w.facility.id });
const itsInstrument = (w: AccessWorld) => ({ ...itsFacility(w), instrumentId: w.instrument.id });
const newcomer = (w: AccessWorld) => ({ email: w.others.newcomer.email });
const facts = { name: 'MX', description: '', promiseMs: 3000 };

/** What admins do at their facility; staff and members of its experiments are strangers there. */
export const FACILITY_CASES: AccessCases['facilities'] = {
  mine: [
    {
      what: 'the facility',
      rule: (held) => (held.signedIn ? (people(held) === 'done' ? 'shown' : 'hidden') : signedIn(held)),
      input: () => undefined,
      outcome: (mine, w) =>
        mine.some(({ facilityId }) => facilityId === w.facility.id) ? 'shown' : 'hidden',
    },
  ],
  policies: [{ what: 'of the facility', rule: policies, input: itsFacility }],
  setPolicies: [
    {
      what: 'of the facility',
      rule: policies,
      input: (w) => ({ ...itsFacility(w), staffAccessDays: 10, processingWindowDays: 20 }),
    },
  ],
  instruments: [{ what: 'of the facility', rule: instruments, input: itsFacility }],
  createInstrument: [
    {
      what: 'at the facility',
      rule: instruments,
      input: (w) => ({ ...itsFacility(w), slug: 'one-more', ...facts }),
    },
  ],
  changeInstrument: [
    { what: 'of the facility', rule: instruments, input: (w) => ({ ...itsInstrument(w), ...facts }) },
  ],
  addStaff: [
    { what: 'at the instrument', rule: people, input: (w) => ({ ...itsInstrument(w), ...newcomer(w) }) },
  ],
  removeStaff: [
    {
      what: 'of the instrument',
      rule: people,
      input: (w) => ({ ...itsInstrument(w), personId: w.people.staff }),
    },
  ],
  people: [{ what: 'of the facility', rule: people, input: itsFacility }],
  setPersonDisabled: [
    {
      what: 'a member',
      rule: people,
      input: (w) => ({ ...itsFacility(w), personId: w.others.member.id, disabled: true }),
    },
    {
      what: 'oneself',
      rule: endsWith(people, 'CONFLICT'),
      input: (w, me) => ({ ...itsFacility(w), personId: me.personId, disabled: true }),
    },
  ],
  withoutOwner: [{ what: 'of the facility', rule: people, input: itsFacility }],
  giveOwnership: [
    {
      what: 'of an experiment whose Owner can sign in',
      rule: endsWith(people, 'CONFLICT'),
      input: (w) => ({
        ...{ ...itsFacility(w), experimentId: w.running.id, personId: w.others.manager.id },
      }),
    },
  ],
  addAdmin: [
    { what: 'a newcomer', rule: people, input: (w) => ({ ...itsFacility(w), ...newcomer(w) }) },
    {
      what: 'oneself',
      rule: people,
      input: (w, me) => ({ ...itsFacility(w), email: me.email }),
    },
  ],
  removeAdmin: [
    {
      what: 'the last one',
      rule: endsWith(people, 'CONFLICT'),
      input: (w) => ({ ...itsFacility(w), personId: w.personas.admin.personId }),
    },
  ],
};

const itsLicence = (w: AccessWorld) => ({ licenceId: w.accounting.licenceId });
const itsLab = (w: AccessWorld) => ({ labId: w.accounting.labId });
const terms = (w: AccessWorld) => ({
  validUntil: new Date(w.accounting.validUntil.getTime() + 1000),
  hotBytes: 10,
  archiveBytes: 10,
  processingWindowDays: null,
});

export const LICENCE_CASES: AccessCases['licences'] = {
  list: [{ what: 'of the facility', rule: licences, input: itsFacility }],
  create: [
    {
      what: 'of the facility',
      rule: licences,
      input: (w) => ({
        ...{ ...itsFacility(w), ...terms(w), name: 'Year', owner: { kind: 'facility' } },
        ...{ validFrom: new Date(0), cpuMs: 1000 },
      }),
    },
  ],
  changeTerms: [
    {
      what: 'of the facility',
      rule: licences,
      input: (w) => ({ ...itsLicence(w), ...terms(w), expectedValidUntil: w.accounting.validUntil }),
    },
  ],
  grant: [
    {
      what: 'one more hour',
      rule: licences,
      input: (w, me) => ({
        ...{ ...itsLicence(w), reason: 'more', cpuMs: 3_600_000 },
        // Any new id: that of the caller's waiting job is no entry of the ledger.
        grantId: me.ownJobId,
      }),
    },
  ],
  use: [{ what: 'of the facility', rule: licences, input: itsLicence }],
  storage: [{ what: 'of the facility', rule: licences, input: itsFacility }],
  storageOfExperiment: [
    {
      what: 'where it is measured',
      rule: inExperiment('experiment.view'),
      input: (w) => ({ experimentId: w.running.id }),
    },
  ],
  mine: [{ what: 'one’s own', rule: signedIn, input: () => undefined }],
  sponsorships: [{ what: 'of the licence', rule: licences, input: itsLicence }],
  sponsor: [
    {
      what: 'the instrument',
      rule: licences,
      input: (w) => ({
        ...{ ...itsLicence(w), instrumentId: w.instrument.id, experimentCode: null },
        ...{ templateSlug: null, validUntil: null, mostCpuMs: null },
      }),
    },
  ],
  endSponsorship: [
    { what: 'of the licence', rule: licences, input: (w) => ({ ruleId: w.accounting.ruleId }) },
  ],
};

export const LAB_CASES: AccessCases['labs'] = {
  list: [{ what: 'of the facility', rule: licences, input: itsFacility }],
  create: [
    { what: 'at the facility', rule: licences, input: (w) => ({ ...itsFacility(w), name: 'New lab' }) },
  ],
  addPerson: [{ what: 'a newcomer', rule: licences, input: (w) => ({ ...itsLab(w), ...newcomer(w) }) }],
  removePerson: [
    {
      what: 'somebody',
      rule: licences,
      input: (w) => ({ ...itsLab(w), personId: w.others.newcomer.id }),
    },
  ],
};

export const PROFILE_CASES: AccessCases['profiles'] = {
  list: [{ what: 'of the facility', rule: licences, input: itsFacility }],
  create: [
    {
      what: 'at the facility',
      rule: licences,
      input: (w) => ({
        ...{ ...itsFacility(w), name: 'Large', cpus: 32 },
        ...{ memoryBytes: 64e9, gpu: null, priceMilli: null },
      }),
    },
  ],
  retire: [
    {
      what: 'of the facility',
      rule: licences,
      input: (w) => ({ profileId: w.accounting.profileId }),
    },
  ],
};

export const AUDIT_CASES: AccessCases['audit'] = {
  search: [
    { what: 'of the facility', rule: audit, input: itsFacility },
    {
      what: 'of an experiment',
      rule: audit,
      input: (w) => ({ ...itsFacility(w), experimentCode: w.running.code }),
    },
  ],
  actions: [{ what: 'of the facility', rule: audit, input: itsFacility }],
};
