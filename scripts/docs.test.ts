import { expect, test } from 'vitest';
import { GENERATED_DOCUMENTS, readDocument } from './docs.ts';

for (const [path, make] of Object.entries(GENERATED_DOCUMENTS)) {
  test(`${path} says what the code says (npm run docs)`, () => {
    expect(readDocument(path)).toBe(make());
  });
}
