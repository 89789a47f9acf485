import { sentenceOf } from '#src/components/app-error-of.ts';
import { Hdf5Fault } from './hdf5-client.ts';

/** Why something of a file is not shown, for people. */
export const faultWords = (error: unknown): string =>
  error instanceof Hdf5Fault ? error.message : sentenceOf(error);
