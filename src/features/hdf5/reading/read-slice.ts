import { formatBytes } from '#src/components/format.ts';
import type { Dtype, DtypeArray } from '#src/shared/model/dtype.ts';
import type { DatasetFacts } from '../nodes.ts';
import { type AxisChoice, slicedCount, slicedShape, touchedCount } from '../slice-expression.ts';
import { elementBytes, holdsMemory, isNumeric } from '../value-type.ts';
import { type Cell, decodeCells, decodeNumbers } from './decode-values.ts';
import { type Hdf5Library, ReadFault } from './hdf5-library.ts';

export interface SliceRequest {
  path: string;
  choice: AxisChoice[];
}

export type Slice = {
  shape: number[];
  /** What must be known to judge the values; null: nothing. */
  warning: string | null;
} & (
  | { kind: 'numbers'; dtype: Dtype; values: DtypeArray; names: Readonly<Record<string, string>> | null }
  | { kind: 'cells'; columns: string[]; cells: Cell[][] }
);

export const MOST_BYTES = 256 * 1024 * 1024;
export const MOST_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024;
export const MOST_CELLS = 100_000;

/** Why a slice would not be read; null: it is. */
export function refusal(facts: DatasetFacts, choice: readonly AxisChoice[]): string | null {
  const size = elementBytes(facts.type);
  const count = slicedCount(choice);
  if (count * size > MOST_BYTES) {
    return `This slice has ${formatBytes(count * size)}; up to ${formatBytes(MOST_BYTES)} are shown at a time. Choose less of an axis, or a step.`;
  }
  if (!isNumeric(facts.type) && count > MOST_CELLS) {
    return `This slice has ${count} elements; up to ${MOST_CELLS} of this type are shown at a time. Choose less of an axis.`;
  }
  const touched = touchedCount(choice, facts.chunks) * size;
  if (touched > MOST_UNPACKED_BYTES) {
    return `For this slice ${formatBytes(touched)} would have to be unpacked, since its chunks are read whole. Choose less of an axis: a step does not help.`;
  }
  return null;
}

const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** Of a virtual dataset whose files have not all come: the library fills in silently. */
function missingWarning(missing: ReadonlySet<string>): string | null {
  const names = [...new Set([...missing].map(fileName))];
  if (names.length === 0) return null;
  const told = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
  return `Part of this slice lies in ${told}, which ${names.length === 1 ? 'is' : 'are'} not in the store: fill values stand there.`;
}

/** Values of a part of a dataset. Its filters must have been prepared. Throws ReadFault and BytesFault. */
export function readSlice(
  library: Hdf5Library,
  file: bigint,
  facts: DatasetFacts,
  { path, choice }: SliceRequest,
): Slice {
  const { type, shape } = facts;
  if (shape === null) throw new ReadFault('It has no elements (an empty dataspace).');
  if (choice.length !== shape.length) throw new ReadFault('The slice does not fit the dataset.');
  const no = refusal(facts, choice);
  if (no !== null) throw new ReadFault(no);
  const isScalar = shape.length === 0;
  const selection = isScalar
    ? null
    : {
        count: choice.map(({ count }) => BigInt(count)),
        offset: choice.map(({ start }) => BigInt(start)),
        stride: choice.map(({ step }) => BigInt(step)),
      };
  const made = slicedShape(choice);
  const isNothing = slicedCount(choice) === 0;
  const decode = (
    bytes: Uint8Array,
  ):
    | Pick<Extract<Slice, { kind: 'numbers' }>, 'kind' | 'dtype' | 'values' | 'names'>
    | Pick<Extract<Slice, { kind: 'cells' }>, 'kind' | 'columns' | 'cells'> => {
    const numbers = decodeNumbers(bytes, type);
    if (!numbers) return { kind: 'cells', ...decodeCells(bytes, type, library.memory(file)) };
    return { kind: 'numbers', ...numbers, names: namesOf(type) };
  };
  if (isNothing) return { shape: made, warning: null, ...decode(new Uint8Array(0)) };
  const sizeBytes = slicedCount(choice) * elementBytes(type);
  const values = library.elements(
    file,
    { path, sizeBytes, holdsMemory: holdsMemory(type), selection },
    decode,
  );
  const warning = facts.sourceCount > 0 ? missingWarning(library.mount.events.missing) : null;
  return { shape: made, warning, ...values };
}

function namesOf(type: DatasetFacts['type']): Readonly<Record<string, string>> | null {
  if (type.kind === 'truth') return { 0: 'false', 1: 'true' };
  return type.kind === 'enum' ? type.names : null;
}
