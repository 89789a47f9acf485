import { readFile } from 'node:fs/promises';
import { JOB_INPUT_FILE, type JobInput } from '#src/shared/contracts/job-run.ts';

/** What this job is asked to do. The input is written by the server, which has checked it. */
export async function readInput(): Promise<JobInput> {
  return JSON.parse(await readFile(JOB_INPUT_FILE, 'utf8')) as JobInput;
}

/** A number parameter; the server has filled in defaults, so a missing one is a fault of the template. */
export function numberParameter(input: JobInput, name: string): number {
  const value = input.parameters[name];
  if (typeof value !== 'number') throw new Error(`Parameter ${name} is not a number.`);
  return value;
}
