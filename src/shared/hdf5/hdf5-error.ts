/**
 * What keeps a file from being read. `damaged`: its bytes do not follow the format; `unsupported`: they may, in a way that is not read
 * here; `absent`: there is nothing under that name; `too-large`: reading it would take more than it may.
 */
export type Hdf5Problem = 'damaged' | 'unsupported' | 'absent' | 'too-large';

/** The message names what was found and where, for people. */
export class Hdf5Error extends Error {
  readonly problem: Hdf5Problem;

  constructor(problem: Hdf5Problem, message: string) {
    super(message);
    this.name = 'Hdf5Error';
    this.problem = problem;
  }
}

export const damaged = (message: string) => new Hdf5Error('damaged', message);
export const unsupported = (message: string) => new Hdf5Error('unsupported', message);
