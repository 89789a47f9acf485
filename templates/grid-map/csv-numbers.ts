/** One column of a CSV file with a head line, by the number of the frame in its column `frame` (counted from 1). */
export function csvNumbers(text: string, wanted: string): Map<number, number | null> {
  const [head = '', ...rows] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const names = head.split(',').map((name) => name.trim().replaceAll('"', ''));
  const frameAt = names.indexOf('frame');
  const valueAt = names.indexOf(wanted);
  if (frameAt < 0) throw new Error('The file has no column “frame”.');
  if (valueAt < 0) throw new Error(`The file has no column “${wanted}”. It has: ${names.join(', ')}.`);
  const numbers = new Map<number, number | null>();
  for (const row of rows) {
    const cells = row.split(',');
    const frame = Number(cells[frameAt]);
    if (!Number.isInteger(frame) || frame < 1) continue;
    const cell = cells[valueAt]?.trim() ?? '';
    const value = cell === '' ? Number.NaN : Number(cell);
    numbers.set(frame, Number.isFinite(value) ? value : null);
  }
  return numbers;
}
