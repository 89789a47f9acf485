import type { Announcement } from '../../../shared/model/acquisition-fields.ts';
import type { Transaction } from '../../db/client.ts';
import { publish } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import {
  announcedChanges,
  type By,
  type Changes,
  type Content,
  isChange,
  type Known,
  NOTHING_KNOWN,
} from './acquisition-changes.ts';
import {
  insertAnnounced,
  lockAcquisitions,
  type MeasuredRow,
  samplesOfNames,
  updateAcquisition,
} from './announced.repository.ts';
import { findKnown } from './known-acquisitions.ts';

export type Outcome = 'created' | 'updated' | 'unchanged';

export interface Written {
  acquisitionId: string;
  id: string | null;
  name: string | null;
  seriesId: string | null;
  datasetId: string | null;
  outcome: Outcome;
  /** Index of an earlier announcement that is about the same acquisition: nothing may be written then. */
  sameAs: number | null;
}

export const knownOf = ({ acquisition, sampleName, dataset }: MeasuredRow): Known => ({
  content: acquisition,
  sampleName,
  geometry: dataset?.geometry ?? null,
});

export async function tellChanged(tx: Transaction, ctx: ServiceContext, experimentId: string): Promise<void> {
  await publish(tx, ctx, {
    topics: [`experiment:${experimentId}`],
    kind: 'experiment.changed',
    data: { experimentId },
  });
}

/** Who corrects: what a token does, its person does. */
export function correctedBy(ctx: ServiceContext): NonNullable<By> {
  const { principal } = ctx;
  const isPerson = principal.kind === 'person' || principal.kind === 'token';
  return { personId: isPerson ? principal.personId : null, at: ctx.now().toISOString() };
}

/** Ids of the samples that these changes name; those that are not there are added. */
async function samplesFor(
  tx: Transaction,
  ctx: ServiceContext,
  experimentId: string,
  changes: readonly Changes[],
): Promise<Map<string, string>> {
  const names = new Set(changes.flatMap(({ sample }) => sample ?? []));
  const createdAt = ctx.now();
  return samplesOfNames(
    tx,
    [...names].map((name) => ({ id: ctx.newId(), experimentId, name, createdAt })),
  );
}

/** The columns with the id of the sample in place of its name. */
export async function withSample(
  tx: Transaction,
  ctx: ServiceContext,
  experimentId: string,
  changes: Changes,
): Promise<Partial<Content> & { sampleId?: string | null }> {
  const ids = await samplesFor(tx, ctx, experimentId, [changes]);
  return columnsWith(changes, ids);
}

function columnsWith({ columns, sample }: Changes, sampleIds: ReadonlyMap<string, string>) {
  if (sample === undefined) return columns;
  return { ...columns, sampleId: sample === null ? null : sampleIds.get(sample)! };
}

/** For each key the index of the first that is like it; null: it is the first. */
function firstsOf(keys: readonly unknown[]): (number | null)[] {
  const firsts = new Map<string, number>();
  return keys.map((key, index) => {
    const text = JSON.stringify(key);
    const first = firsts.get(text);
    if (first === undefined) firsts.set(text, index);
    return first ?? null;
  });
}

/**
 * Writes what is said of acquisitions, in the transaction of the caller, who has checked the right and keeps the audit. `corrects`: a person says it, so that
 * what the source of the data said is kept beside it; `dryRun`: nothing is written. When two are about the same acquisition nothing is written either.
 */
export async function writeAnnounced(
  tx: Transaction,
  ctx: ServiceContext,
  experiment: { id: string; instrumentId: string },
  said: readonly Announcement[],
  how: { corrects: boolean; dryRun?: boolean },
): Promise<Written[]> {
  await lockAcquisitions(tx, experiment.id);
  const found = await findKnown(tx, experiment.id, said);
  const by = how.corrects ? correctedBy(ctx) : null;
  const changes = said.map((each, index) => {
    const row = found[index];
    return announcedChanges(row ? knownOf(row) : NOTHING_KNOWN, each, by);
  });
  const sameAs = firstsOf(
    said.map((each, index) => found[index]?.acquisition.id ?? each.id ?? [each.name, each.seriesId]),
  );
  const writes = how.dryRun !== true && sameAs.every((first) => first === null);
  const samples = writes ? await samplesFor(tx, ctx, experiment.id, changes) : new Map<string, string>();
  const now = ctx.now();
  const added: Parameters<typeof insertAnnounced>[1][number][] = [];
  const written: Written[] = [];
  for (const [index, { id, name, seriesId }] of said.entries()) {
    const row = found[index];
    const change = changes[index]!;
    const acquisitionId = row?.acquisition.id ?? ctx.newId();
    const outcome = row ? (isChange(change) ? 'updated' : 'unchanged') : 'created';
    if (writes && outcome === 'updated') {
      const announcedAt = row!.acquisition.announcedAt ?? now;
      await updateAcquisition(tx, acquisitionId, { ...columnsWith(change, samples), announcedAt });
    }
    if (writes && outcome === 'created') {
      added.push({
        ...{ kind: 'other', parameters: {}, ...columnsWith(change, samples) },
        ...{ id: acquisitionId, instrumentId: experiment.instrumentId, experimentId: experiment.id },
        ...{ startedAt: now, announcedAt: now },
      });
    }
    written.push({
      ...{ acquisitionId, outcome, sameAs: sameAs[index]! },
      id: id ?? row?.acquisition.externalId ?? null,
      name: name ?? row?.acquisition.name ?? null,
      seriesId: seriesId ?? row?.acquisition.seriesId ?? null,
      datasetId: row?.dataset?.id ?? null,
    });
  }
  await insertAnnounced(tx, added);
  return written;
}
