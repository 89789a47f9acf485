import { expect, it } from 'vitest';
import { diskWords } from './disk-words.ts';

const disk = (folders: string[]) => diskWords({ parts: ['state'], folders, freeBytes: 1, totalBytes: 2 });

it('names a disk by what lies on it, and of many things the first', () => {
  expect(disk([])).toEqual({ text: 'disk: state folder', title: 'Disk with state folder' });
  expect(disk(['raw', 'work']).text).toBe('disk: state folder, folder raw, folder work');
  expect(disk(['raw', 'work', 'metadata'])).toEqual({
    text: 'disk: state folder, folder raw and 2 more',
    title: 'Disk with state folder, folder raw, folder work, folder metadata',
  });
});
