import { TransactionRollbackError } from 'drizzle-orm';
import type { Database, Transaction } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import type { InstrumentRow } from './access.repository.ts';
import { createCreation } from './create-experiment.ts';
import { type CsvFault, type CsvOutcome, readCsv, toldFaults } from './csv-table.ts';
import { requireInstrument } from './experiment.policy.ts';
import { facilityOf } from './experiment.repository.ts';
import { staffedInstruments } from './experiment-import.repository.ts';
import { faultOfError, linesSeen, noteOfPi, objections } from './experiment-import-checks.ts';
import {
  EXPERIMENT_COLUMNS,
  type ExperimentRowInput,
  experimentCells,
  type ReadRow,
  type RowFault,
  readExperimentRow,
} from './experiment-import-row.ts';
import type { UpsertOutcome } from './visit.types.ts';
import { createVisits } from './visits.ts';

/** Each line is written as if it came alone; so many take some seconds. */
const MOST_LINES = 500;

export interface ImportExperimentsInput {
  /** Of lines that name none. */
  instrumentId: string;
  text: string;
  dryRun: boolean;
}

interface WrittenRow {
  outcome: UpsertOutcome;
  /** What becomes of the PI of the line, where that is not the Owner. */
  note: string | null;
}

/**
 * Experiments from a table. Every line takes the way that a form or a user office takes, in one transaction that is taken back when it is tried
 * only or when a single line is wrong: what is said of a trial is what would have happened.
 */
export function createExperimentImport({ db }: { db: Database }) {
  async function writeRow(
    tx: Transaction,
    ctx: ServiceContext,
    instrument: InstrumentRow,
    row: ExperimentRowInput,
  ): Promise<WrittenRow> {
    // A transaction begins savepoints where the database begins transactions: a line that fails leaves nothing.
    const within = { db: tx as unknown as Database };
    const { title, pi, start, end, visit, proposal, proprietary, keywords } = row;
    const instrumentId = instrument.id;
    const plan = { title, proprietary, keywords, plannedStart: start, plannedEnd: end };
    if (visit !== undefined) {
      const input = { ...plan, instrumentId, visit, proposal, pi: { email: pi } };
      const written = await createVisits(within).upsertVisit(ctx, input);
      return { outcome: written.experiment, note: await noteOfPi(tx, pi, written) };
    }
    await createCreation(within).create(ctx, {
      ...{ ...plan, instrumentId, piEmail: pi, externalIds: [] },
      ...{ proprietary: proprietary ?? true, keywords: keywords ?? [] },
    });
    return { outcome: 'created', note: null };
  }

  /** Writes what of a line can be read, and says everything that is wrong with it; with a fault nothing of the table is kept. */
  async function tryRow(
    tx: Transaction,
    ctx: ServiceContext,
    instrument: InstrumentRow,
    { row, unread, faults }: ReadRow,
  ): Promise<{ written: WrittenRow | null; faults: RowFault[] }> {
    const against = await objections(tx, ctx, instrument, row, !unread.has('visit'));
    const { title, pi } = row;
    if (against.length > 0 || title === undefined || pi === undefined || unread.has('visit'))
      return { written: null, faults: against };
    // A plan of which half is wrong says nothing about its other half.
    const isPlanWrong = faults.some(({ column }) => column === 'start' || column === 'end');
    const plan = isPlanWrong ? {} : { start: row.start, end: row.end };
    const { instrument: named, keywords, proprietary, visit, proposal } = row;
    const rest = { instrument: named, keywords, proprietary, visit, proposal };
    try {
      const written = await writeRow(tx, ctx, instrument, {
        ...{ start: undefined, end: undefined, ...plan, ...rest, title, pi },
      });
      return { written: faults.length > 0 ? null : written, faults: [] };
    } catch (error) {
      return { written: null, faults: [faultOfError(error)] };
    }
  }

  async function attempt(
    tx: Transaction,
    ctx: ServiceContext,
    input: ImportExperimentsInput,
  ): Promise<CsvOutcome> {
    const usual = await requireInstrument(tx, ctx, input.instrumentId, 'instrument.activate');
    const { timeZone } = (await facilityOf(tx, usual.facilityId))!;
    const table = readCsv(input.text, EXPERIMENT_COLUMNS, ['title', 'pi']);
    const all: CsvFault[] = [...table.faults];
    const theirs = await staffedInstruments(tx, actingPerson(ctx), usual.facilityId);
    const named = (name: string) =>
      theirs.find(({ slug, name: full }) =>
        [slug, full].some((each) => each.toLowerCase() === name.toLowerCase()),
      ) ?? null;
    const schemas = experimentCells(timeZone);
    const seenBefore = linesSeen();
    const notes: { line: number; message: string }[] = [];
    const outcomes: Record<UpsertOutcome, number> = { created: 0, updated: 0, unchanged: 0 };
    for (const { line, cells } of table.rows.slice(0, MOST_LINES)) {
      const read = readExperimentRow(schemas, cells);
      const { row, faults } = read;
      const instrument = row.instrument === undefined ? usual : named(row.instrument);
      if (!instrument) {
        const message = `You are staff of no instrument “${row.instrument}” at this facility.`;
        faults.push({ column: 'instrument', message });
      }
      const again = seenBefore(line, instrument, row);
      faults.push(...again);
      if (instrument && again.length === 0) {
        const tried = await tryRow(tx, ctx, instrument, read);
        faults.push(...tried.faults);
        if (tried.written) outcomes[tried.written.outcome] += 1;
        if (tried.written?.note) notes.push({ line, message: tried.written.note });
      }
      all.push(
        ...faults.map(({ column, message }) => ({
          ...{ line, message },
          column: column === null ? null : (table.heads[column] ?? null),
        })),
      );
    }
    const beyond = table.rows[MOST_LINES];
    if (beyond)
      all.push({ line: beyond.line, column: null, message: `At most ${MOST_LINES} experiments at once.` });
    const { created: added, updated, unchanged } = outcomes;
    const applied = !input.dryRun && all.length === 0;
    return { applied, added, updated, unchanged, ...toldFaults(all), notes };
  }

  return {
    /** Tried first, or written. With one fault nothing is written, and every fault is told. For staff of the instrument. */
    async importCsv(ctx: ServiceContext, input: ImportExperimentsInput): Promise<CsvOutcome> {
      const outcomes: CsvOutcome[] = [];
      try {
        await db.transaction(async (tx) => {
          const outcome = await attempt(tx, ctx, input);
          outcomes.push(outcome);
          if (!outcome.applied) tx.rollback();
        });
      } catch (error) {
        if (!(error instanceof TransactionRollbackError)) throw error;
      }
      return outcomes.at(-1)!;
    },
  };
}
