import { AppError } from '../../../shared/errors/app-error.ts';
import type { Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import type { InstrumentRow } from './access.repository.ts';
import { withoutAccount } from './create-experiment.ts';
import { alikeExperiment } from './experiment-import.repository.ts';
import type { ExperimentRowInput, RowFault } from './experiment-import-row.ts';
import { findPersonByEmail } from './membership.repository.ts';
import { findLink, membersOf } from './visit.repository.ts';
import type { UpsertedVisit } from './visit.types.ts';
import { experimentOfVisit } from './visits.ts';

/** Columns by what the form of an experiment and a visit call them. */
const COLUMN_OF: Readonly<Record<string, string>> = {
  ...{ piEmail: 'pi', 'pi.email': 'pi', plannedStart: 'start', plannedEnd: 'end' },
};

/** A refusal as a fault of the line; throws what is none. */
export function faultOfError(error: unknown): RowFault {
  if (!(error instanceof AppError) || error.status >= 500) throw error;
  const [field] = Object.keys((error.details?.fields as object | undefined) ?? {});
  return { column: field === undefined ? null : (COLUMN_OF[field] ?? field), message: error.message };
}

/** What is said of a line whose PI does not own its experiment; null where they do. The ownership is given with consent, never by a table. */
export async function noteOfPi(
  tx: Transaction,
  piEmail: string,
  { experimentId, code, pi }: Pick<UpsertedVisit, 'experimentId' | 'code' | 'pi'>,
): Promise<string | null> {
  if (pi === 'owner') return null;
  const owner = (await membersOf(tx, experimentId)).find(({ role }) => role === 'owner')!.email;
  return pi === 'owner-stays'
    ? `${piEmail} is shown as PI of ${code}; ${owner} stays its Owner until they hand the ownership over on its tab People.`
    : `${piEmail} has no account that can be used: the PI of ${code} stays as it is, and ${owner} its Owner.`;
}

/** What tells two lines of one table apart: a visit, or without one the instrument, the title and the start. */
function keyOf(instrument: InstrumentRow | null, { visit, title, start }: Partial<ExperimentRowInput>) {
  if (visit !== undefined) return JSON.stringify(['visit', visit]);
  return title === undefined ? null : JSON.stringify([instrument?.id, title, start]);
}

/** Remembers the lines of a table, and says of one that comes again where it stood first. */
export function linesSeen() {
  const lineOf = new Map<string, number>();
  return (line: number, instrument: InstrumentRow | null, row: Partial<ExperimentRowInput>): RowFault[] => {
    const key = keyOf(instrument, row);
    if (key === null) return [];
    const before = lineOf.get(key);
    lineOf.set(key, before ?? line);
    if (before === undefined) return [];
    return row.visit === undefined
      ? [{ column: 'title', message: `This title and start stand in line ${before} already.` }]
      : [{ column: 'visit', message: `The visit “${row.visit}” stands in line ${before} already.` }];
  };
}

async function faultOfVisit(
  tx: Transaction,
  ctx: ServiceContext,
  instrument: InstrumentRow,
  visit: string,
): Promise<RowFault[]> {
  try {
    await experimentOfVisit(tx, ctx, instrument, visit);
    return [];
  } catch (error) {
    return [{ ...faultOfError(error), column: 'visit' }];
  }
}

/**
 * What stands against a line whatever its other cells are: each is told, so that whoever mends the file mends it once. `isVisitRead` is false where the
 * visit itself could not be read: then it may be one that is known.
 */
export async function objections(
  tx: Transaction,
  ctx: ServiceContext,
  instrument: InstrumentRow,
  row: Partial<ExperimentRowInput>,
  isVisitRead: boolean,
): Promise<RowFault[]> {
  const { visit, title, start, pi } = row;
  const known = visit === undefined ? null : await findLink(tx, instrument.facilityId, 'visit', visit);
  if (visit !== undefined && known) return faultOfVisit(tx, ctx, instrument, visit);
  if (!isVisitRead) return [];
  const faults: RowFault[] = [];
  if (pi !== undefined && !(await findPersonByEmail(tx, pi)))
    faults.push({ column: 'pi', message: withoutAccount(pi) });
  const alike =
    visit === undefined && title !== undefined
      ? await alikeExperiment(tx, instrument.id, title, start ?? null)
      : null;
  if (alike) {
    const message = `${alike} has this title and start already. Give the line a visit id to change it, or take the line out.`;
    faults.push({ column: 'title', message });
  }
  return faults;
}
