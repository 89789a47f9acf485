import type { SampleInput } from '../../../shared/model/sample-fields.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { lockSamples, type SampleRow, setParent, upsertSample } from './sample.repository.ts';

/** Writes samples whose parents are known to be there, in the experiment or among themselves; those may stand in any order. */
export async function writeSamples(
  tx: Transaction,
  ctx: ServiceContext,
  experimentId: string,
  samples: readonly SampleInput[],
): Promise<{ stored: SampleRow[]; added: number }> {
  const stored: SampleRow[] = [];
  let added = 0;
  for (const { parent: _, ...fields } of samples) {
    const written = await upsertSample(tx, {
      ...fields,
      id: ctx.newId(),
      experimentId,
      createdAt: ctx.now(),
    });
    stored.push(written.sample);
    if (written.inserted) added += 1;
  }
  const withParent = samples.flatMap(({ parent }, index) =>
    parent === undefined ? [] : [{ parent, index }],
  );
  if (withParent.length === 0) return { stored, added };
  const ids = new Map((await lockSamples(tx, experimentId)).map(({ id, name }) => [name, id]));
  for (const { parent, index } of withParent) {
    const parentId = parent === null ? null : ids.get(parent)!;
    const row = stored[index]!;
    if (row.parentId === parentId) continue;
    await setParent(tx, row.id, parentId);
    stored[index] = { ...row, parentId };
  }
  return { stored, added };
}
