import { describe, expect, it } from 'vitest';
import { manifestOf } from './manifest.tsx';
import { type Verification, verificationWords } from './verification-words.ts';

const row = (changes: Partial<Verification>): Verification => ({
  id: 'v',
  datasetId: null,
  requestedByName: 'Ann',
  createdAt: new Date('2026-11-21T10:00:00Z'),
  finishedAt: new Date('2026-11-21T10:01:00Z'),
  filesTotal: 1812,
  filesChecked: 1812,
  bytesChecked: 12_400_000_000,
  faults: [],
  ...changes,
});
const fault = { path: 'raw/a.h5', fault: 'It is missing from the store.' };

describe('a verification', () => {
  it('says what was read and that all of it is as it was', () => {
    expect(verificationWords(row({}))).toEqual({
      tone: 'ok',
      sentence: '1,812 files, 12.4\u00a0GB, all as they left their source',
    });
  });

  it('claims nothing of files it has not read', () => {
    const underWay = row({ finishedAt: null, filesChecked: 400 });
    expect(verificationWords(underWay)).toEqual({ tone: 'running', sentence: '400 of 1,812 files read' });
    expect(verificationWords({ ...underWay, faults: [fault] }).sentence).toMatch(/1 wrong so far$/);
    expect(verificationWords(row({ filesChecked: 0, filesTotal: 0, bytesChecked: 0 })).tone).toBe('muted');
  });

  it('counts what is wrong', () => {
    expect(verificationWords(row({ faults: [fault] }))).toMatchObject({ tone: 'failed' });
    expect(verificationWords(row({ faults: [fault, fault] })).sentence).toMatch(/read, 2 wrong$/);
  });
});

it('the manifest is saved under the name that its command says', () => {
  expect(manifestOf('DEM26-7K2QF', null)).toEqual({
    href: '/api/experiments/DEM26-7K2QF/manifest',
    fileName: 'DEM26-7K2QF.sha256',
  });
  expect(manifestOf('DEM26-7K2QF', 'abc').fileName).toBe('DEM26-7K2QF-abc.sha256');
});
