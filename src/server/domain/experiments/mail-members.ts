import type { MailKind } from '../../../shared/model/mail.ts';
import type { NotificationKind } from '../../../shared/model/notification.ts';
import type { ExperimentRole } from '../../../shared/permissions/permission-table.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { composeMail, instantInWords, plainLine } from '../mail/compose-mail.ts';
import { writeMail } from '../mail/write-mail.ts';
import { notify, waysToTell } from '../notifications/notify.ts';
import { peopleWith, placeOfExperiment } from './mail-members.repository.ts';

export interface MemberNews {
  /** Names the news in this experiment: each person is told them once. */
  key: string;
  kind: MailKind & NotificationKind;
  experimentId: string;
  roles: readonly ExperimentRole[];
  /** Whom of them; all when absent. */
  isFor?(personId: string): boolean;
  /** Of the experiment, where it is dealt with: such as `/files`. */
  page?: string;
  /** Facts of the mail, of an experiment its readers are in. */
  words(place: { code: string; instrumentName: string; instant: (at: Date) => string }): {
    subject: string;
    paragraphs: readonly string[];
    /** What the link to the experiment's page is for. */
    action: string;
    after: readonly string[];
  };
  uselessAt: Date;
}

/** Tells the people of an experiment who have these roles, each by mail and in the app as they chose, in the transaction of what they are told. */
export async function tellMembers(tx: Transaction, ctx: ServiceContext, news: MemberNews): Promise<void> {
  const { key, kind, experimentId, roles, page = '', uselessAt } = news;
  const { code, instrumentName, timeZone } = await placeOfExperiment(tx, experimentId);
  const instant = (at: Date) => instantInWords(at, timeZone);
  const { subject, paragraphs, action, after } = news.words({
    ...{ code, instrumentName: plainLine(instrumentName), instant },
  });
  const isFor = news.isFor ?? (() => true);
  const people = (await peopleWith(tx, experimentId, roles)).filter(({ id }) => isFor(id));
  const waysFor = await waysToTell(
    tx,
    people.map(({ id }) => id),
    kind,
  );
  const dedupeKey = `${kind}:${experimentId}:${key}`;
  const link = `/experiments/${code}${page}`;
  for (const { id, name, email, isProved } of people) {
    const ways = waysFor(id);
    if (ways.app) await notify(tx, ctx, { personId: id, kind, dedupeKey, text: subject, link });
    if (!ways.email || !isProved) continue;
    await writeMail(tx, ctx, {
      ...{ dedupeKey: `${dedupeKey}:${id}`, kind, to: email, personId: id },
      body: composeMail({
        ...{ subject, greeting: `Hello ${plainLine(name)},`, before: paragraphs, action, after },
      }),
      link,
      uselessAt,
    });
  }
}
