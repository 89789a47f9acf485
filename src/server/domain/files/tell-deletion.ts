import { allows, EXPERIMENT_ROLES } from '../../../shared/permissions/permission-table.ts';
import type { Transaction } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { tellMembers } from '../experiments/mail-members.ts';
import { plainLine } from '../mail/compose-mail.ts';
import { type DeletionRow, nameOfPerson } from './deletion.repository.ts';

/** News that could not be told for so long say nothing any more. */
const TOLD_WITHIN_MS = 7 * 24 * 3600 * 1000;

const DECIDERS = EXPERIMENT_ROLES.filter((role) => allows('file.grantDeletion', [role]));

type Asked = Pick<DeletionRow, 'id' | 'experimentId' | 'files' | 'askedBy'>;

const filesInWords = (files: number) => (files === 1 ? '1 file' : `${files} files`);

/** Tells those who decide, but not whoever asked, in the transaction of the request. Neither paths nor reason: the page has them. */
export async function tellAsked(tx: Transaction, ctx: ServiceContext, asked: Asked): Promise<void> {
  const { id, experimentId, files, askedBy } = asked;
  const asker = plainLine(await nameOfPerson(tx, askedBy));
  await tellMembers(tx, ctx, {
    ...{ key: id, kind: 'deletion-asked', experimentId, roles: DECIDERS, page: '/files' },
    isFor: (personId) => personId !== askedBy,
    uselessAt: new Date(ctx.now().getTime() + TOLD_WITHIN_MS),
    words: ({ code }) => ({
      subject: `The deletion of ${filesInWords(files)} of ${code} is asked for`,
      paragraphs: [
        `${asker} asks for ${filesInWords(files)} of ${code} to be deleted. Nothing goes before a Manager or the Owner has granted it.`,
      ],
      action: 'Open the files',
      after: ['"Deletions" above the list of files says which they are and why, and is where you decide.'],
    }),
  });
}

type Decided = Asked & Pick<DeletionRow, 'goesAt'> & { state: 'granted' | 'declined' | 'kept' };

/** Tells whoever asked what became of it, unless they decided it themselves or are no longer in the experiment. */
export async function tellDecided(tx: Transaction, ctx: ServiceContext, decided: Decided): Promise<void> {
  const { id, experimentId, files, askedBy, state, goesAt } = decided;
  if (actingPerson(ctx) === askedBy) return;
  const stay = files === 1 ? 'it stays' : 'they stay';
  const go = files === 1 ? 'it goes' : 'they go';
  await tellMembers(tx, ctx, {
    ...{ key: `${id}:${state}`, kind: 'deletion-decided', experimentId, roles: EXPERIMENT_ROLES },
    ...{ page: '/files', isFor: (personId: string) => personId === askedBy },
    uselessAt: new Date(ctx.now().getTime() + TOLD_WITHIN_MS),
    words: ({ code, instant }) => {
      const what = `The deletion of ${filesInWords(files)} of ${code}`;
      const became = {
        granted: goesAt === null ? 'was granted' : `was granted: ${go} on ${instant(goesAt)}`,
        declined: `was declined: ${stay}`,
        kept: `was granted, and is taken back: ${stay}`,
      }[state];
      return {
        subject: `${what} ${became}`,
        paragraphs: [`${what}, which you asked for, ${became}.`],
        action: 'Open the files',
        after: state === 'granted' ? ['Until then a Manager or the Owner can still keep them.'] : [],
      };
    },
  });
}
