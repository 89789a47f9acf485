import { expect, it } from 'vitest';
import type { MoveTold } from '#src/shared/model/move-told.ts';
import { moveWords } from './move-words.ts';

const told: MoveTold = {
  ...{ direction: 'here', name: 'raw/lyso_A1_run3', what: 'dataset', by: 'Ines Becker', reason: null },
  ...{ frames: 1800, files: 3, sizeBytes: 4.2e9, elsewhere: { kind: 'experiment' } },
};
const plain = (words: string) => words.replaceAll('\u00a0', ' ');

it('says who moved what from where, and why when that is theirs to know', () => {
  expect(plain(moveWords(told))).toBe(
    'Ines Becker moved lyso_A1_run3 (1,800 frames, 4.2 GB) here from another experiment.',
  );
  const fromTray: MoveTold = {
    ...told,
    ...{
      what: 'file',
      frames: null,
      files: 1,
      sizeBytes: 300,
      name: 'raw/notes.txt',
      reason: 'by the logbook',
    },
    elsewhere: { kind: 'unassigned', instrument: 'BL1' },
  };
  expect(plain(moveWords(fromTray))).toBe(
    'Ines Becker moved notes.txt (300 B) here from the unassigned data of BL1: by the logbook',
  );
  expect(plain(moveWords({ ...told, direction: 'away', frames: 1 }))).toBe(
    'Ines Becker moved lyso_A1_run3 (1 frame, 4.2 GB) from here to another experiment.',
  );
});

it('says of files that nobody moved why they are where they are', () => {
  const parts: MoveTold = { ...told, what: 'parts', by: null, frames: null, files: 2 };
  expect(plain(moveWords(parts))).toBe(
    '2 files (4.2 GB) of lyso_A1_run3 came here from another experiment: the dataset began here.',
  );
  const away: MoveTold = { ...parts, direction: 'away', name: 'raw/lyso_0001.cbf' };
  expect(plain(moveWords(away))).toBe(
    '2 files (4.2 GB) went from here to another experiment, where their dataset began: lyso_0001.cbf and 1 more.',
  );
  const toTray: MoveTold = { ...away, files: 1, elsewhere: { kind: 'unassigned', instrument: 'BL1' } };
  expect(plain(moveWords(toTray))).toBe(
    '1 file (4.2 GB) went from here to the unassigned data of BL1, where their dataset began: lyso_0001.cbf.',
  );
});
