import { expect, it } from 'vitest';
import { diskFault, FileFault, PullEnded } from './pull-faults.ts';

it.each([
  ['ENOSPC', PullEnded, /no more room in \/data .*goes on where it stopped/],
  ['EDQUOT', PullEnded, /no more room in \/data/],
  ['EROFS', PullEnded, /cannot be written/],
  ['EINVAL', FileFault, /cannot hold a file of that name \(EINVAL\)/],
  ['ENAMETOOLONG', FileFault, /cannot hold a file of that name/],
  ['EFBIG', FileFault, /no file that large/],
  ['EACCES', FileFault, /could not be written: not yours/],
])('%s: whether it concerns the file alone or all', (code, kind, sentence) => {
  const fault = diskFault(Object.assign(new Error('not yours'), { code }), '/data');
  expect(fault).toBeInstanceOf(kind);
  expect(fault.message).toMatch(sentence);
});
