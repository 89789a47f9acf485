import { type SampleInput, sampleInputSchema } from '../../../shared/model/sample-fields.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import {
  type CsvColumns,
  type CsvFault,
  type CsvOutcome,
  type CsvTable,
  readCsv,
  toldFaults,
} from './csv-table.ts';
import { lockSamples, type SampleRow } from './sample.repository.ts';
import { familyAfter, parentFault } from './sample-family.ts';
import { writeSamples } from './write-samples.ts';

export const SAMPLE_COLUMNS: CsvColumns = {
  name: ['sample', 'sample name'],
  protein: ['acronym', 'protein acronym'],
  container: ['puck', 'plate', 'container name'],
  position: ['pin', 'well', 'sample position'],
  barcode: ['sample barcode', 'code'],
  parent: ['parent sample', 'made from'],
  safety: ['safety flag', 'hazard'],
  comment: ['comments', 'remark', 'remarks'],
};

/** The name of a sample whose line has a fault elsewhere, and of its parent: it may stand twice, and others may be made from it. */
function namesOf(cells: CsvTable['rows'][number]['cells']): SampleInput | null {
  for (const schema of [
    sampleInputSchema.pick({ name: true, parent: true }),
    sampleInputSchema.pick({ name: true }),
  ]) {
    const parsed = schema.safeParse(cells);
    if (parsed.success) return parsed.data;
  }
  return null;
}

/** The samples of the table, and what is wrong with its cells, each by the rules of the form. */
function samplesOf({ rows, heads }: CsvTable): {
  samples: (SampleInput & { line: number })[];
  faults: CsvFault[];
} {
  const faults: CsvFault[] = [];
  const samples: (SampleInput & { line: number })[] = [];
  const firstLine = new Map<string, number>();
  for (const { line, cells } of rows) {
    const parsed = sampleInputSchema.safeParse(cells);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) {
        faults.push({ line, column: heads[String(path[0])] ?? null, message });
      }
    }
    const sample = parsed.success ? parsed.data : namesOf(cells);
    if (!sample) continue;
    const before = firstLine.get(sample.name);
    if (before !== undefined) {
      faults.push({
        line,
        column: heads.name ?? null,
        message: `“${sample.name}” stands in line ${before} already.`,
      });
      continue;
    }
    firstLine.set(sample.name, line);
    samples.push({ ...sample, line });
  }
  return { samples, faults };
}

const FIELDS = ['protein', 'container', 'position', 'barcode', 'safety', 'comment'] as const;

/** Whether writing it would change anything. */
export const sampleDiffers = (stored: SampleRow, wanted: SampleInput, parentName: string | null) =>
  FIELDS.some((name) => wanted[name] !== undefined && (wanted[name] ?? null) !== stored[name]) ||
  (wanted.parent !== undefined && wanted.parent !== parentName);

/** In the transaction of the caller, who has checked the right. */
export async function importSamples(
  tx: Transaction,
  ctx: ServiceContext,
  input: { experimentId: string; text: string; dryRun: boolean },
): Promise<CsvOutcome> {
  const table = readCsv(input.text, SAMPLE_COLUMNS, ['name']);
  const { samples, faults } = samplesOf(table);
  const before = await lockSamples(tx, input.experimentId);
  const byName = new Map(before.map((row) => [row.name, row]));
  const nameOf = (id: string | null) => before.find((row) => row.id === id)?.name ?? null;
  const family = familyAfter(
    before.map(({ name, parentId }) => ({ name, parentName: nameOf(parentId) })),
    samples,
  );
  for (const { name, line } of samples) {
    const fault = parentFault(family, name);
    if (fault) faults.push({ line, column: table.heads.parent ?? null, message: fault });
  }
  const all = [...table.faults, ...faults];
  const changed = samples.filter((wanted) => {
    const stored = byName.get(wanted.name);
    return !stored || sampleDiffers(stored, wanted, nameOf(stored.parentId));
  });
  const added = changed.filter(({ name }) => !byName.has(name)).length;
  const applies = !input.dryRun && all.length === 0;
  if (applies) {
    const wanted = changed.map(({ line: _, ...sample }) => sample);
    await writeSamples(tx, ctx, input.experimentId, wanted);
  }
  return {
    applied: applies,
    added,
    updated: changed.length - added,
    unchanged: samples.length - changed.length,
    ...toldFaults(all),
  };
}
