/** What is read along one axis: `count` elements from `start` on, `step` apart. An index alone takes the axis away. */
export interface AxisChoice {
  start: number;
  count: number;
  step: number;
  isIndex: boolean;
}

export class SliceFault extends Error {}

const refuse = (axis: number, sentence: string) => new SliceFault(`Axis ${axis}: ${sentence}`);

function parsePart(text: string, axis: number): number | null {
  if (text === '') return null;
  if (!/^-?\d{1,15}$/.test(text)) throw refuse(axis, `“${text}” is no whole number.`);
  return Number(text);
}

/** `5`, `-1`, `10:20`, `::4`, `:`, as in NumPy, except that steps go forwards. */
function parseAxis(text: string, length: number, axis: number): AxisChoice {
  const parts = text.split(':').map((part) => part.trim());
  if (parts.length > 3) throw refuse(axis, 'write start:stop:step.');
  if (parts.length === 1) {
    const index = parsePart(parts[0]!, axis);
    if (index === null) throw refuse(axis, 'write a number, or : for all of it.');
    const at = index < 0 ? index + length : index;
    if (at < 0 || at >= length) {
      throw refuse(axis, length === 0 ? 'it is empty.' : `${index} lies outside 0 to ${length - 1}.`);
    }
    return { start: at, count: 1, step: 1, isIndex: true };
  }
  const [first, last, by] = [0, 1, 2].map((n) => parsePart(parts[n] ?? '', axis));
  const step = by ?? 1;
  if (step < 1) throw refuse(axis, 'the step must be 1 or more.');
  const clip = (place: number) => Math.min(length, Math.max(0, place < 0 ? place + length : place));
  const start = clip(first ?? 0);
  const stop = clip(last ?? length);
  return { start, count: Math.max(0, Math.ceil((stop - start) / step)), step, isIndex: false };
}

/** One choice per axis; axes that are not named are taken whole. Throws SliceFault, whose message is for people. */
export function parseSlice(text: string, shape: readonly number[]): AxisChoice[] {
  const trimmed = text.trim();
  const parts = trimmed === '' ? [] : trimmed.split(',').map((part) => part.trim());
  if (parts.length > shape.length) {
    throw new SliceFault(
      `It has ${shape.length} ${shape.length === 1 ? 'axis' : 'axes'}, and ${parts.length} are written.`,
    );
  }
  return shape.map((length, axis) => parseAxis(parts[axis] ?? ':', length, axis));
}

function formatAxis({ start, count, step, isIndex }: AxisChoice, length: number): string {
  if (isIndex) return String(start);
  const stop = Math.min(length, start + Math.max(0, count - 1) * step + (count > 0 ? 1 : 0));
  // The shortest that means the same.
  const reachesEnd = count > 0 && start + count * step >= length;
  const range = `${start === 0 ? '' : start}:${reachesEnd ? '' : stop}`;
  return step === 1 ? range : `${range}:${step}`;
}

export const formatSlice = (choice: readonly AxisChoice[], shape: readonly number[]): string =>
  choice.map((axis, n) => formatAxis(axis, shape[n]!)).join(', ');

/** Lengths of the axes that stay. */
export const slicedShape = (choice: readonly AxisChoice[]): number[] =>
  choice.filter(({ isIndex }) => !isIndex).map(({ count }) => count);

export const slicedCount = (choice: readonly AxisChoice[]): number =>
  choice.reduce((all, { count }) => all * count, 1);

/** Elements of the chunks a slice touches, which are read and unpacked whole. Without chunks: those of the slice. */
export function touchedCount(choice: readonly AxisChoice[], chunks: readonly number[] | null): number {
  if (chunks === null) return slicedCount(choice);
  return choice.reduce((all, { start, count, step }, axis) => {
    if (count === 0) return 0;
    const chunk = chunks[axis]!;
    const last = start + (count - 1) * step;
    const between = Math.floor(last / chunk) - Math.floor(start / chunk) + 1;
    return all * chunk * Math.min(between, count);
  }, 1);
}

/** What is shown of a dataset at first: numbers of one axis from the start, of more the last two axes with the others at 0. */
export function firstSlice(
  shape: readonly number[],
  isNumeric: boolean,
  chunks: readonly number[] | null,
): AxisChoice[] {
  const most = isNumeric ? 1_000_000 : 1000;
  const shown = isNumeric ? 2 : 1;
  let room = most * (isNumeric && shape.length > 1 ? 32 : 1);
  const choice = shape.map((length, axis): AxisChoice => {
    if (axis < shape.length - shown)
      return { start: 0, count: Math.min(1, length), step: 1, isIndex: length > 0 };
    return { start: 0, count: length, step: 1, isIndex: false };
  });
  for (let axis = choice.length - 1; axis >= 0; axis--) {
    const one = choice[axis]!;
    if (one.isIndex) continue;
    const chunk = chunks?.[axis] ?? 1;
    if (one.count > room) one.count = Math.max(1, room > chunk ? room - (room % chunk) : room);
    room = Math.max(1, Math.floor(room / one.count));
  }
  return choice;
}
