import { z } from 'zod';
import {
  experimentKeywords,
  experimentTitle,
  keywordsOf,
  PLAN_OUT_OF_ORDER,
  plannedInOrder,
  plannedInstant,
} from '../../../shared/model/experiment-fields.ts';
import { plainText } from '../../../shared/model/plain-text.ts';
import { instantOfLocal } from '../../../shared/model/zoned-instant.ts';
import type { CsvColumns } from './csv-table.ts';

export const EXPERIMENT_COLUMNS: CsvColumns = {
  title: ['experiment', 'experiment title'],
  pi: ['pi e-mail', 'principal investigator', 'owner', 'e-mail'],
  start: ['planned start', 'from', 'begin'],
  end: ['planned end', 'until', 'to'],
  instrument: ['beamline'],
  proprietary: ['confidential'],
  keywords: ['keyword'],
  visit: ['visit id', 'external id', 'session'],
  proposal: ['proposal id'],
};

const YES_AND_NO: Readonly<Record<string, boolean>> = {
  ...{ yes: true, true: true, '1': true },
  ...{ no: false, false: false, '0': false },
};
/** `2026-11-21 14:23` or `2026-11-21T14:23`. */
const LOCAL = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::00)?$/;
const WITH_OFFSET = /T.*(Z|[+-]\d{2}:?\d{2})$/;

/** A date and time on the clocks of the zone, or with an offset of its own. */
function instantIn(timeZone: string) {
  return z.string().transform((typed, context) => {
    const local = LOCAL.exec(typed);
    const at = local
      ? instantOfLocal(`${local[1]}T${local[2]}`, timeZone)
      : WITH_OFFSET.test(typed)
        ? new Date(typed)
        : null;
    const planned = plannedInstant.safeParse(at ?? new Date(Number.NaN));
    if (planned.success) return planned.data;
    const isDate = at !== null && !Number.isNaN(at.getTime());
    context.addIssue({
      code: 'custom',
      message: isDate
        ? planned.error.issues[0]!.message
        : `Write date and time as 2026-11-21 14:30, on the clocks of ${timeZone}.`,
    });
    return z.NEVER;
  });
}

/** An empty cell is one that is not there. */
const given = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((cell) => (cell === '' ? undefined : cell), schema.optional());

const externalId = plainText({ max: 200 });

/** The cells of a line; what is not given stays, where the visit is known already. */
export const experimentCells = (timeZone: string) => ({
  title: experimentTitle,
  pi: z.email('This is not an e-mail address.').max(320),
  start: given(instantIn(timeZone)),
  end: given(instantIn(timeZone)),
  /** By its address (slug) or its name. */
  instrument: given(z.string()),
  proprietary: given(
    z.string().transform((typed, context) => {
      const known = YES_AND_NO[typed.toLowerCase()];
      if (known !== undefined) return known;
      context.addIssue({ code: 'custom', message: 'Write yes or no.' });
      return z.NEVER;
    }),
  ),
  keywords: given(z.string().transform(keywordsOf).pipe(experimentKeywords)),
  visit: given(externalId),
  proposal: given(externalId),
});
type Cells = ReturnType<typeof experimentCells>;
type CellName = keyof Cells;
export type ExperimentRowInput = { [Name in CellName]: z.output<Cells[Name]> };

/** What is wrong with a line, by the name of the column; null when it is of the whole line. */
export interface RowFault {
  column: string | null;
  message: string;
}

export interface ReadRow {
  row: Partial<ExperimentRowInput>;
  /** Columns whose cells could not be read. */
  unread: ReadonlySet<string>;
  faults: RowFault[];
}

/** What of a line can be read, cell by cell, and everything that is wrong with the rest of it. A column that is missing is no fault of the line. */
export function readExperimentRow(
  schemas: Cells,
  cells: Readonly<Record<string, string | undefined>>,
): ReadRow {
  const row: Partial<ExperimentRowInput> = {};
  const unread = new Set<string>();
  const faults: RowFault[] = [];
  for (const column of Object.keys(schemas) as CellName[]) {
    if (cells[column] === undefined) continue;
    const parsed = schemas[column].safeParse(cells[column]);
    if (parsed.success) {
      Object.assign(row, { [column]: parsed.data });
      continue;
    }
    unread.add(column);
    for (const { message } of parsed.error.issues) faults.push({ column, message });
  }
  if (!plannedInOrder({ plannedStart: row.start, plannedEnd: row.end }))
    faults.push({ column: 'end', message: PLAN_OUT_OF_ORDER.error });
  if (row.proposal !== undefined && !cells.visit)
    faults.push({ column: 'visit', message: 'A proposal is kept with its visit: give the visit too.' });
  return { row, unread, faults };
}
