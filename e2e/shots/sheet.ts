import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Shot } from './shot.ts';
import { pictureName, THEMES, WIDTHS } from './take-shot.ts';

/** One page with all pictures, to be looked through in a browser. */
export async function writeSheet(folder: string, shots: readonly Shot[]): Promise<void> {
  const rows = shots.map((shot) => {
    const pictures = WIDTHS.flatMap((width) =>
      THEMES.map((theme) => {
        const file = pictureName(shot, width, theme);
        return `<a href="${file}"><img loading="lazy" src="${file}" alt="${file}"></a>`;
      }),
    );
    return `<h2>${shot.name}</h2><div>${pictures.join('')}</div>`;
  });
  const style = 'body{font:14px sans-serif}div{display:flex;gap:8px;align-items:start}img{height:420px}';
  const page = `<!doctype html><meta charset="utf-8"><title>Pages</title><style>${style}</style>${rows.join('\n')}\n`;
  await writeFile(join(folder, 'index.html'), page);
}
