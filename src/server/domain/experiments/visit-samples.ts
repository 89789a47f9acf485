import { AppError } from '../../../shared/errors/app-error.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { lockSamples, type SampleRow, updateSample } from './sample.repository.ts';
import { familyAfter, parentFault } from './sample-family.ts';
import { sampleDiffers } from './sample-import.ts';
import { putLink, samplesOfVisit } from './visit.repository.ts';
import type { UpsertedVisit, VisitSample } from './visit.types.ts';
import { writeSamples } from './write-samples.ts';

/** Those known by another name are renamed first, so that all that follows goes by names. */
async function renameKnown(
  tx: Transaction,
  stored: readonly SampleRow[],
  links: ReadonlyMap<string, string>,
  wanted: readonly VisitSample[],
): Promise<Set<string>> {
  const renamed = new Set<string>();
  for (const { id, name } of wanted) {
    const known = id !== undefined && stored.find((row) => row.id === links.get(id));
    if (!known || known.name === name) continue;
    if (stored.some((row) => row.name === name)) {
      throw new AppError('CONFLICT', `There is another sample “${name}” in the experiment already.`);
    }
    await updateSample(tx, known.id, { name });
    renamed.add(name);
  }
  return renamed;
}

/** Brings the samples of an experiment to what the visit says; those it does not name stay. */
export async function upsertVisitSamples(
  tx: Transaction,
  ctx: ServiceContext,
  where: { experimentId: string; facilityId: string; visit: string },
  wanted: readonly VisitSample[],
): Promise<UpsertedVisit['samples']> {
  const { experimentId, facilityId, visit } = where;
  const names = new Set(wanted.map(({ name }) => name));
  if (names.size !== wanted.length)
    throw new AppError('BAD_INPUT', 'Two samples of the visit have one name.');
  const links = await samplesOfVisit(tx, facilityId, visit);
  const renamed = await renameKnown(tx, await lockSamples(tx, experimentId), links, wanted);
  const before = await lockSamples(tx, experimentId);
  const nameOf = (id: string | null) => before.find((row) => row.id === id)?.name ?? null;
  const family = familyAfter(
    before.map(({ name, parentId }) => ({ name, parentName: nameOf(parentId) })),
    wanted,
  );
  for (const { name } of wanted) {
    const fault = parentFault(family, name);
    if (fault) throw new AppError('BAD_INPUT', fault);
  }
  const byName = new Map(before.map((row) => [row.name, row]));
  const isChanged = (sample: VisitSample) => {
    const stored = byName.get(sample.name);
    return !stored || sampleDiffers(stored, sample, nameOf(stored.parentId));
  };
  const changed = wanted.filter(isChanged);
  await writeSamples(
    tx,
    ctx,
    experimentId,
    changed.map(({ id: _, ...sample }) => sample),
  );
  const stored = new Map((await lockSamples(tx, experimentId)).map((row) => [row.name, row.id]));
  for (const { id, name } of wanted) {
    if (id === undefined || links.has(id)) continue;
    const key = { facilityId, kind: 'sample' as const, value: `${visit}/${id}` };
    await putLink(tx, { ...key, entityId: stored.get(name)!, createdAt: ctx.now() });
  }
  return wanted.map((sample) => {
    const { name } = sample;
    if (!byName.has(name)) return { name, outcome: 'created' };
    return { name, outcome: changed.includes(sample) || renamed.has(name) ? 'updated' : 'unchanged' };
  });
}
