import { z } from 'zod';
import {
  type Announcement,
  announcementFields,
  isNamed,
  NAMELESS,
} from '../../../shared/model/acquisition-fields.ts';
import { NUMBER_TEXT, valuesOfText, yesOrNo } from '../../../shared/model/value-text.ts';
import type { CsvColumns, CsvFault, CsvTable } from '../experiments/csv-table.ts';

export const ACQUISITION_COLUMNS: CsvColumns = {
  name: ['prefix', 'path', 'dataset'],
  seriesId: ['series', 'series unique id'],
  id: ['external id', 'collection', 'collection id'],
  kind: ['type'],
  sample: ['sample name'],
  mark: ['good or bad', 'quality'],
  comment: ['comments', 'remark', 'remarks'],
  energyEv: ['energy'],
  exposureS: ['exposure', 'exposure time', 'exposure time s'],
  omegaStartDeg: ['omega start', 'start angle'],
  omegaIncrementDeg: ['omega increment', 'oscillation', 'oscillation range'],
  rows: ['grid rows'],
  columns: ['grid columns'],
  snake: ['serpentine'],
  stepXUm: ['step x'],
  stepYUm: ['step y'],
  parameters: ['values'],
};

const NUMBERS = ['energyEv', 'exposureS', 'omegaStartDeg', 'omegaIncrementDeg'] as const;
const GRID = ['rows', 'columns', 'stepXUm', 'stepYUm'] as const;
const WORDS = ['kind', 'mark'] as const;

/** A number; a text that is none stays what it is, so that the rule of the field refuses it. */
const numberOf = (cell: string): number | string => (NUMBER_TEXT.test(cell) ? Number(cell) : cell);

const lineSchema = z.object(announcementFields);
const whichSchema = lineSchema.pick({ id: true, name: true, seriesId: true });

export interface AcquisitionLine {
  line: number;
  said: Announcement;
}

/** The cells of a line in the shape of an announcement; an empty cell says nothing. */
function saidBy(given: Readonly<Record<string, string>>): {
  said: Record<string, unknown>;
  parameterFault: string | null;
} {
  const { parameters, snake, ...cells } = given;
  const said: Record<string, unknown> = { ...cells };
  for (const name of WORDS) if (name in said) said[name] = cells[name]!.toLowerCase();
  for (const name of NUMBERS) if (name in said) said[name] = numberOf(cells[name]!);
  const grid: Record<string, unknown> = {};
  for (const name of GRID) {
    if (name in said) grid[name] = numberOf(cells[name]!);
    delete said[name];
  }
  if (snake !== undefined) grid.snake = yesOrNo(snake) ?? snake;
  if (Object.keys(grid).length > 0) said.grid = grid;
  if (parameters === undefined) return { said, parameterFault: null };
  const { values, fault } = valuesOfText(parameters, ';');
  if (fault === null) said.values = values;
  return { said, parameterFault: fault };
}

/** The acquisitions of the table (of a line with faults, which one it is about), and everything that is wrong with its cells, by the rules that programs are held to. */
export function acquisitionsOf({ rows, heads }: CsvTable): { lines: AcquisitionLine[]; faults: CsvFault[] } {
  const lines: AcquisitionLine[] = [];
  const faults: CsvFault[] = [];
  for (const { line, cells } of rows) {
    const given = Object.entries(cells).filter((cell): cell is [string, string] => Boolean(cell[1]));
    const { said, parameterFault } = saidBy(Object.fromEntries(given));
    if (parameterFault) faults.push({ line, column: heads.parameters!, message: parameterFault });
    if (!isNamed(said)) faults.push({ line, column: null, message: NAMELESS });
    const parsed = lineSchema.safeParse(said);
    // What a line with a fault elsewhere is about may still stand in another line.
    const known = parsed.success ? parsed : whichSchema.safeParse(said);
    if (known.success && isNamed(known.data)) lines.push({ line, said: known.data });
    if (parsed.success) continue;
    for (const { path, message } of parsed.error.issues) {
      const [first, second] = path.map(String);
      const column = first === 'grid' ? second : first === 'values' ? 'parameters' : first;
      faults.push({ line, column: heads[column ?? ''] ?? null, message });
    }
  }
  return { lines, faults };
}
