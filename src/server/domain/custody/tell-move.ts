import type { MoveTold } from '../../../shared/model/move-told.ts';
import type { Transaction } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { tellMembers } from '../experiments/mail-members.ts';
import { experimentNames, instrumentName, personName } from './move-told.repository.ts';

/** Data that change from one experiment, or from none, to another, or to none. */
export interface ToldMove {
  action: string;
  entityKind: 'dataset' | 'file';
  entityId: string;
  instrumentId: string;
  fromExperimentId: string | null;
  toExperimentId: string | null;
  /** As the data are called on either side. */
  fromName: string;
  toName: string;
  what: MoveTold['what'];
  frames: number | null;
  files: number;
  sizeBytes: number;
  /** Null: nobody decided it. */
  reason: string | null;
  /** For the audit alone. */
  detail: Record<string, unknown>;
}

/** Shorter titles are words that stand in any sentence. */
const SHORTEST_TITLE = 4;

/** The reason, unless it names the other experiment. */
async function reasonFor(
  tx: Transaction,
  reason: string | null,
  otherExperimentId: string | null,
): Promise<string | null> {
  const other = otherExperimentId === null ? null : await experimentNames(tx, otherExperimentId);
  if (reason === null || other === null) return reason;
  const names = [other.code, ...(other.title.length >= SHORTEST_TITLE ? [other.title] : [])];
  const isNamed = names.some((name) => reason.toLowerCase().includes(name.toLowerCase()));
  return isNamed ? null : reason;
}

/** Who decided it: people alone do. */
async function whoDecided(tx: Transaction, { principal }: ServiceContext): Promise<string | null> {
  const isPerson = principal.kind === 'person' || principal.kind === 'token';
  return isPerson ? personName(tx, principal.personId) : null;
}

const HOUR_MS = 3600 * 1000;
const KEPT_MS = 7 * 24 * HOUR_MS;

/** One mail an hour at most: a tray of a hundred datasets is one piece of news, and the page lists them. */
async function mailOwner(tx: Transaction, ctx: ServiceContext, experimentId: string): Promise<void> {
  const now = ctx.now().getTime();
  await tellMembers(tx, ctx, {
    ...{ key: String(Math.floor(now / HOUR_MS)), kind: 'data-moved', experimentId, roles: ['owner'] },
    uselessAt: new Date(now + KEPT_MS),
    words: ({ code, instrumentName }) => ({
      subject: `Data of ${code} were moved`,
      paragraphs: [
        `Data measured at ${instrumentName} were given to ${code} or taken from it, because they had been put where they do not belong.`,
      ],
      action: 'See what was moved',
      after: [
        'The page says what it was, who moved it and why. Checksums and times of the data are kept as they were.',
      ],
    }),
  });
}

/**
 * Keeps in the audit of both experiments what each is told of the move (`MoveTold`), and mails their Owners. In the transaction of the move, so that it is told
 * once, and only if it happened.
 */
export async function tellMove(tx: Transaction, ctx: ServiceContext, move: ToldMove): Promise<void> {
  const { action, entityKind, entityId, fromExperimentId, toExperimentId } = move;
  const by = await whoDecided(tx, ctx);
  const instrument = await instrumentName(tx, move.instrumentId);
  const sides = [
    { experimentId: toExperimentId, other: fromExperimentId, direction: 'here', name: move.toName },
    { experimentId: fromExperimentId, other: toExperimentId, direction: 'away', name: move.fromName },
  ] as const;
  for (const { experimentId, other, direction, name } of sides) {
    if (experimentId === null || fromExperimentId === toExperimentId) continue;
    const told: MoveTold = {
      ...{ direction, name, by, what: move.what },
      ...{ frames: move.frames, files: move.files, sizeBytes: move.sizeBytes },
      elsewhere: other === null ? { kind: 'unassigned', instrument } : { kind: 'experiment' },
      reason: await reasonFor(tx, move.reason, other),
    };
    await recordAudit(tx, ctx, {
      ...{ action, entityKind, entityId, experimentId },
      detail: { ...move.detail, fromExperimentId, toExperimentId, told },
    });
    await publish(tx, ctx, {
      topics: [`experiment:${experimentId}`],
      kind: 'experiment.changed',
      data: { experimentId },
    });
    await mailOwner(tx, ctx, experimentId);
  }
}
