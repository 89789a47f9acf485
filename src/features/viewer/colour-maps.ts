/** Colour maps as tables of 256 RGB colours, made from a few anchors each. */
export const COLOUR_MAP_NAMES = ['grey', 'heat', 'viridis', 'inferno', 'rainbow'] as const;
export type ColourMapName = (typeof COLOUR_MAP_NAMES)[number];

const ANCHORS: Record<ColourMapName, readonly string[]> = {
  grey: ['000000', 'ffffff'],
  heat: ['000000', '8b0000', 'ff4500', 'ffd700', 'ffffff'],
  viridis: ['440154', '472d7b', '3b528b', '2c728e', '21918c', '28ae80', '5ec962', 'addc30', 'fde725'],
  inferno: ['000004', '210c4a', '57106e', '8a226a', 'bc3754', 'e45a31', 'f98e09', 'f9cb35', 'fcffa4'],
  rainbow: ['000080', '0000ff', '00ffff', '00ff00', 'ffff00', 'ff0000', '800000'],
};

/** 256 × RGBA bytes. Inverted: the first colour last; grey inverted gives dark spots on white. */
export function colourTable(name: ColourMapName, inverted: boolean): Uint8Array<ArrayBuffer> {
  const anchors = ANCHORS[name].map((hex) =>
    [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
  );
  const table = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) {
    const position = ((inverted ? 255 - i : i) / 255) * (anchors.length - 1);
    const from = anchors[Math.floor(position)]!;
    const to = anchors[Math.min(anchors.length - 1, Math.floor(position) + 1)]!;
    const part = position - Math.floor(position);
    for (let c = 0; c < 3; c++) table[i * 4 + c] = Math.round(from[c]! + (to[c]! - from[c]!) * part);
    table[i * 4 + 3] = 255;
  }
  return table;
}
