interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A part of an image, and what its texture holds: some pixels around it too, where the image goes on. */
export interface TilePlace extends Place {
  held: Place;
}

/**
 * An image cut into textures no wider and no higher than `side`, row by row. What is drawn of one looks at up to `around` pixels beyond its
 * edges. Shape: [rows, columns].
 */
export function tileLayout(
  [rows, columns]: readonly [number, number],
  side: number,
  around = 0,
): TilePlace[] {
  if (rows <= side && columns <= side) {
    const whole = { x: 0, y: 0, width: columns, height: rows };
    return [{ ...whole, held: whole }];
  }
  const step = side - 2 * around;
  const tiles: TilePlace[] = [];
  for (let y = 0; y < rows; y += step)
    for (let x = 0; x < columns; x += step) {
      const [width, height] = [Math.min(step, columns - x), Math.min(step, rows - y)];
      const [left, top] = [Math.max(0, x - around), Math.max(0, y - around)];
      const right = Math.min(columns, x + width + around);
      const bottom = Math.min(rows, y + height + around);
      const held = { x: left, y: top, width: right - left, height: bottom - top };
      tiles.push({ x, y, width, height, held });
    }
  return tiles;
}
