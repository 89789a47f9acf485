export interface TilePlace {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** An image cut into textures no wider and no higher than `side`, row by row. Shape: [rows, columns]. */
export function tileLayout([rows, columns]: readonly [number, number], side: number): TilePlace[] {
  const tiles: TilePlace[] = [];
  for (let y = 0; y < rows; y += side)
    for (let x = 0; x < columns; x += side)
      tiles.push({ x, y, width: Math.min(side, columns - x), height: Math.min(side, rows - y) });
  return tiles;
}
