import type { GivenRole } from '#src/shared/permissions/permission-table.ts';
import { composeMail, instantInWords, type MailBody, plainLine } from '../mail/compose-mail.ts';

const MEANS: Readonly<Record<GivenRole, string>> = {
  viewer: 'a Viewer, who sees and downloads everything in it',
  member: 'a Member, who also uploads files and runs jobs',
  manager: 'a Manager, who also looks after its people',
};

/** Says nothing of the experiment or project but its id and where it is: whoever reads it is not in the experiment yet. */
export function invitationMail(facts: {
  inviterName: string;
  role: GivenRole;
  code: string;
  /** Null: of a project. */
  instrumentName: string | null;
  facilityName: string;
  expiresAt: Date;
  timeZone: string;
}): MailBody {
  const { role, code, expiresAt, timeZone } = facts;
  const inviter = plainLine(facts.inviterName);
  const at = facts.instrumentName === null ? '' : `${plainLine(facts.instrumentName)}, `;
  const place = `the ${at === '' ? 'project' : 'experiment'} ${code} at ${at}${plainLine(facts.facilityName)}`;
  return composeMail({
    subject: `${inviter} invites you to ${code}`,
    greeting: 'Hello,',
    before: [`${inviter} invites you to ${place}, as ${MEANS[role]}.`],
    action: 'Accept the invitation',
    after: [
      `The link is for you alone and works until ${instantInWords(expiresAt, timeZone)}. You need no account yet: the page makes one.`,
      'If you do not know what this is about, do nothing: without your answer nothing happens.',
    ],
  });
}
