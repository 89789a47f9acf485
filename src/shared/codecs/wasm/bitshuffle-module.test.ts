import { expect, it } from 'vitest';
import { assembleBitshuffle } from './bitshuffle-program.ts';

// `npx vitest run --project unit src/shared/codecs/wasm -u` writes the module anew after a change of its source.
it('the module is what its source assembles to', async () => {
  const bytes = assembleBitshuffle();
  expect(WebAssembly.validate(bytes)).toBe(true);
  const base64 = Buffer.from(bytes).toString('base64');
  const text = `/** Assembled from \`bitshuffle-program.ts\`; base64. */\nexport const BITSHUFFLE_MODULE =\n  '${base64}';\n`;
  await expect(text).toMatchFileSnapshot('./bitshuffle-module.ts');
});
