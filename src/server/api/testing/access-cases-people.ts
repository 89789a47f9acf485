import type { AccessCases } from './access-case.ts';
import { anybody, endsWith, inExperiment, inFacility, shownIf, signedIn } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const seesPeople = inExperiment('experiment.people');
const running = (w: AccessWorld) => ({ experimentId: w.running.id });
const pending = (w: AccessWorld) => ({ invitationId: w.invitation.invitationId });
const shown = (found: boolean) => (found ? 'shown' : 'hidden');
const STRANGE_TOKEN = 'x'.repeat(43);

/** The world has one invitation: made by the system, of a member, to an address that nobody has. */
export const INVITATION_CASES: AccessCases['invitations'] = {
  invite: [
    {
      what: 'a viewer',
      rule: inExperiment('member.addViewer'),
      input: (w) => ({ ...running(w), to: 'guest@access.example.org', role: 'viewer' }),
    },
    {
      what: 'a member',
      rule: inExperiment('member.manage'),
      input: (w) => ({ ...running(w), to: 'a.user.name', role: 'member' }),
    },
    {
      what: 'a manager',
      rule: inExperiment('member.nameManagers'),
      input: (w) => ({ ...running(w), to: w.others.newcomer.email, role: 'manager' }),
    },
    {
      what: 'somebody who is in it',
      rule: endsWith(inExperiment('member.addViewer'), 'CONFLICT'),
      input: (w) => ({ ...running(w), to: w.others.viewer.email, role: 'viewer' }),
    },
  ],
  list: [{ what: 'of the experiment', rule: seesPeople, input: running }],
  resend: [
    {
      what: 'one just sent',
      rule: endsWith(inExperiment('member.manage'), 'TOO_MANY_REQUESTS'),
      input: pending,
    },
  ],
  revoke: [{ what: 'of a member', rule: inExperiment('member.manage'), input: pending }],
  mine: [
    {
      what: 'that of somebody else',
      rule: shownIf(() => 'NOT_FOUND'),
      input: () => undefined,
      outcome: (invitations, w) =>
        shown(invitations.some(({ invitationId }) => invitationId === w.invitation.invitationId)),
    },
  ],
  acceptMine: [{ what: 'that of somebody else', rule: endsWith(signedIn, 'NOT_FOUND'), input: pending }],
  decline: [{ what: 'that of somebody else', rule: endsWith(signedIn, 'NOT_FOUND'), input: pending }],
  accept: [
    {
      what: 'by its link, which was sent to somebody else',
      rule: endsWith(signedIn, 'CONFLICT'),
      input: (w) => ({ token: w.invitation.token, asMyself: false }),
    },
    {
      what: 'by its link, as oneself',
      rule: signedIn,
      input: (w) => ({ token: w.invitation.token, asMyself: true }),
    },
    {
      what: 'by no link',
      rule: endsWith(signedIn, 'LINK_EXPIRED'),
      input: () => ({ token: STRANGE_TOKEN, asMyself: true }),
    },
  ],
  join: [
    {
      what: 'by its link',
      rule: anybody,
      input: (w) => ({ token: w.invitation.token, name: 'A Guest', password: 'a calm control room' }),
    },
    {
      what: 'by no link',
      rule: () => 'LINK_EXPIRED',
      input: () => ({ token: STRANGE_TOKEN, name: 'A Guest', password: 'a calm control room' }),
    },
  ],
};

export const MAIL_CASES: AccessCases['mail'] = {
  outbox: [{ what: 'of the installation', rule: inFacility('facility.people'), input: () => ({}) }],
};

const toMember = (w: AccessWorld) => ({ ...running(w), personId: w.others.member.id });
const inAMonth = () => new Date(Date.now() + 30 * 24 * 3600 * 1000);
const itsOffer = (w: AccessWorld) => ({ offerId: w.ownershipOfferId });

/** The ownership of the experiment that is prepared is offered to one of its members; that of the running one is not. */
export const MEMBER_CASES: AccessCases['members'] = {
  staffAccess: [{ what: 'of the experiment', rule: seesPeople, input: running }],
  extendStaffAccess: [
    {
      what: 'for a month',
      rule: inExperiment('staff.extendAccess'),
      input: (w) => ({ ...running(w), until: inAMonth() }),
    },
  ],
  ownershipOffer: [
    {
      what: 'of the experiment',
      rule: seesPeople,
      input: (w) => ({ experimentId: w.next.id }),
      outcome: (offer) => (offer === null ? 'none' : 'done'),
    },
  ],
  ownershipOffersToMe: [
    {
      what: 'that to somebody else',
      rule: shownIf(() => 'NOT_FOUND'),
      input: () => undefined,
      outcome: (offers) => shown(offers.length > 0),
    },
  ],
  offerOwnership: [{ what: 'to a member', rule: inExperiment('member.handOver'), input: toMember }],
  revokeOwnershipOffer: [
    {
      what: 'of the experiment',
      rule: inExperiment('member.handOver'),
      input: (w) => ({ experimentId: w.next.id }),
    },
  ],
  acceptOwnership: [
    { what: 'that was offered to somebody else', rule: endsWith(signedIn, 'NOT_FOUND'), input: itsOffer },
  ],
  declineOwnership: [
    { what: 'that was offered to somebody else', rule: endsWith(signedIn, 'NOT_FOUND'), input: itsOffer },
  ],
};
