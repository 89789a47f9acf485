import { expect, it } from 'vitest';
import { decodeText } from './csv-bytes.ts';

const text = 'name;comment\nMüller;ß';

it('tells UTF-8 with and without its mark, UTF-16 of both orders, and Latin-1 apart', () => {
  const utf8 = new TextEncoder().encode(text);
  expect(decodeText(utf8)).toEqual({ text, encoding: 'UTF-8' });
  expect(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8))).toEqual({ text, encoding: 'UTF-8' });
  const units = [...text].map((letter) => letter.charCodeAt(0));
  const little = Uint8Array.from([0xff, 0xfe, ...units.flatMap((unit) => [unit & 255, unit >> 8])]);
  const big = Uint8Array.from([0xfe, 0xff, ...units.flatMap((unit) => [unit >> 8, unit & 255])]);
  expect(decodeText(little)).toEqual({ text, encoding: 'UTF-16' });
  expect(decodeText(big)).toEqual({ text, encoding: 'UTF-16' });
  expect(decodeText(Uint8Array.from(units))).toEqual({ text, encoding: 'Latin-1' });
});
