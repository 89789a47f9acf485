import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { writeMail } from '../mail/write-mail.ts';
import { notify } from '../notifications/notify.ts';
import type { AlarmPlace, AlarmRow } from './alarm.repository.ts';
import { dutyMail, levelWord } from './alarm-mail.ts';
import { handOverAt, staffOf } from './duty.repository.ts';

/** After so long a mail about who was on call then says nothing of now. */
const USELESS_AFTER_MS = 6 * 3600 * 1000;

/** Those of which somebody else, or nobody, was told as being on call. */
async function newTo(
  tx: Transaction,
  placeId: string,
  personId: string,
  since: Date,
  rows: readonly AlarmRow[],
) {
  const fresh: AlarmRow[] = [];
  for (const row of rows) {
    if (row.toldAt === null || row.toldAt >= since) continue;
    const before = await handOverAt(tx, placeId, row.toldAt);
    if (before?.personId !== personId) fresh.push(row);
  }
  return fresh;
}

/**
 * Tells whoever has come on call of the alarms that were told before and that nobody has acknowledged: once per hand-over, by every way, all of them
 * together. `rows` are those that stand and are not acknowledged.
 */
export async function tellDuty(
  tx: Transaction,
  ctx: ServiceContext,
  place: AlarmPlace,
  rows: readonly AlarmRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const now = ctx.now();
  const handOver = await handOverAt(tx, place.id, now);
  if (!handOver || handOver.personId === null) return;
  const person = (await staffOf(tx, place.id)).find(({ personId }) => personId === handOver.personId);
  if (!person) return;
  const { personId, name, email, isProved } = person;
  const fresh = await newTo(tx, place.id, personId, handOver.startsAt, rows);
  const [worst] = fresh.toSorted((a, b) => Number(b.level === 'error') - Number(a.level === 'error'));
  if (!worst) return;
  const link = `/instruments/${place.slug}`;
  const dedupeKey = `duty:${handOver.id}`;
  const others = fresh.length === 1 ? '' : ` (and ${fresh.length - 1} more)`;
  await notify(tx, ctx, {
    ...{ personId, dedupeKey, link, kind: worst.level === 'error' ? 'alarm-error' : 'alarm-warn' },
    text: `You are on call at ${place.name}. ${levelWord(worst)} that nobody has acknowledged: ${worst.words}${others}`,
  });
  if (!isProved) return;
  await writeMail(tx, ctx, {
    ...{ dedupeKey: `${dedupeKey}:${personId}`, kind: 'alarm', to: email, personId, link },
    body: dutyMail(name, place, fresh),
    uselessAt: new Date(now.getTime() + USELESS_AFTER_MS),
  });
}
