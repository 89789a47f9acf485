import { expect, it } from 'vitest';
import { byConnection, type SeenDetector, sensorWords, sizeWords } from './detector-words.ts';

const seen = (changes: Partial<SeenDetector> = {}): SeenDetector => ({
  ...{ instrumentId: 'i', name: 'eiger', serialNumber: 'E-32-0001', description: 'EIGER2 X 16M' },
  ...{ imageSizeXPx: 4150, imageSizeYPx: 4371, pixelSizeXM: 7.5e-5, pixelSizeYM: 7.5e-5 },
  ...{ sensorMaterial: 'Si', sensorThicknessM: 4.5e-4 },
  ...{ firstSeenAt: new Date(0), lastSeenAt: new Date(0) },
  ...changes,
});
const plain = (text: string | null) => text?.replaceAll('\u00a0', ' ') ?? null;

it('names size and pixels as data sheets do', () => {
  expect(plain(sizeWords(seen()))).toBe('4,150 × 4,371 px of 75 µm');
  expect(plain(sizeWords(seen({ pixelSizeYM: null })))).toBe('4,150 × 4,371 px of 75 µm');
  expect(plain(sizeWords(seen({ pixelSizeYM: 2.5e-5 })))).toBe('4,150 × 4,371 px of 75 µm × 25 µm');
  expect(plain(sizeWords(seen({ pixelSizeXM: null })))).toBe('4,150 × 4,371 px');
});

it('names the sensor as far as it is known', () => {
  expect(plain(sensorWords(seen()))).toBe('Si 450 µm');
  expect(plain(sensorWords(seen({ sensorThicknessM: null })))).toBe('Si');
  expect(sensorWords(seen({ sensorMaterial: null, sensorThicknessM: null }))).toBeNull();
});

it('gives each connection the detector seen last under its name', () => {
  const old = seen({ serialNumber: 'E-1', lastSeenAt: new Date(1) });
  const now = seen({ serialNumber: 'E-2', lastSeenAt: new Date(2) });
  const file = seen({ name: 'pilatus', serialNumber: '', lastSeenAt: new Date(3) });
  const { connected, others } = byConnection([old, now, file], new Set(['eiger', 'replay']));
  expect([...connected]).toEqual([['eiger', now]]);
  expect(others).toEqual([file, old]);
});
