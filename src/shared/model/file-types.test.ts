import { expect, it } from 'vitest';
import { extensionOf, FILE_TYPES, fileType, KNOWN_EXTENSIONS } from './file-types.ts';

it('tells what a file is by the end of its name, whatever the case', () => {
  expect(
    ['run_1_master.h5', 'CORRECT.LP', 'a.PNG', 'x.tar.gz', 'README', 'noname.', '.csv'].map(fileType),
  ).toEqual(['hdf5', 'text', 'picture', 'archive', 'other', 'other', 'table']);
  expect(extensionOf('run.2.CBF')).toBe('cbf');
});

it('knows no ending twice', () => {
  const all = Object.values(FILE_TYPES).flatMap(({ extensions }) => extensions);
  expect(KNOWN_EXTENSIONS).toHaveLength(all.length);
});
