import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { JOB_INPUT_FILE, JOB_OUT_FOLDER, type JobRequest } from '../../shared/contracts/job-run.ts';
import { reportLinesFile, type ScriptFile, type ScriptRun } from '../../shared/contracts/script-run.ts';
import { SCRIPT_NAMES, type TemplateLanguage } from '../../shared/contracts/template-content.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import type { RunRequest } from './compute.port.ts';

/** What a run is to run: a program that ships with the product, by its file below the project's folder, or a script. */
export type Program = { kind: 'built-in'; file: string } | { kind: 'script'; script: ScriptRun };

const BUILT_IN = /^built-in:([a-z][a-z0-9-]{1,39})$/;

/** Throws BAD_INPUT where there is none. */
export function programOf({ entry, script }: Pick<RunRequest, 'entry' | 'script'>): Program {
  if (script) return { kind: 'script', script };
  const folder = BUILT_IN.exec(entry)?.[1];
  if (folder) return { kind: 'built-in', file: `templates/${folder}/index.ts` };
  throw new AppError('BAD_INPUT', `There is no program "${entry}".`);
}

/** Where a script finds itself and its support files inside the sandbox, read-only. */
export const TEMPLATE_INSIDE = '/template';

/** Below the run's folder, out of the program's reach but for that mount. */
export const TEMPLATE_FOLDER = 'template';

/** Writes script and support files so that whatever user the run gets can read them, and none can write. */
export async function writeScript(folder: string, files: readonly ScriptFile[]): Promise<void> {
  const folders = new Set<string>([folder]);
  for (const { path } of files) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) folders.add(join(folder, at));
  }
  for (const each of [...folders].sort()) {
    await mkdir(each, { recursive: true });
    // Whatever the umask of the worker is.
    await chmod(each, 0o755);
  }
  for (const { path, bytes } of files) {
    const at = join(folder, path);
    await writeFile(at, bytes, { flag: 'wx' });
    await chmod(at, 0o555);
  }
}

/** Of bubblewrap: the script where it finds itself, and the output folder as where it starts. */
export const scriptMounts = (workDir: string): string[] => [
  ...['--ro-bind', join(dirname(workDir), TEMPLATE_FOLDER), TEMPLATE_INSIDE],
  ...['--chdir', '/job/out'],
];

/** The command that runs a script: its own path alone, nothing of what people typed. */
export const scriptCommand = (language: TemplateLanguage): string[] =>
  language === 'bash'
    ? ['bash', `${TEMPLATE_INSIDE}/${SCRIPT_NAMES.bash}`]
    : // Unbuffered, so that the log is live.
      ['python3', '-u', `${TEMPLATE_INSIDE}/${SCRIPT_NAMES.python}`];

/** The variables of docs/templates.md, for a script that sees its things at these places. */
export function scriptEnvironment(
  script: ScriptRun,
  job: Pick<JobRequest, 'jobId' | 'experimentCode'>,
  places: { treeDir: string; workDir: string },
): Record<string, string> {
  const inputs = script.variables.map((variable): [string, string] => [
    variable.name,
    'value' in variable
      ? variable.value
      : variable.paths.map((path) => join(places.treeDir, path)).join('\n'),
  ]);
  return {
    ...Object.fromEntries(inputs),
    JOB_ID: job.jobId,
    JOB_EXPERIMENT: job.experimentCode,
    JOB_WORK_DIR: places.treeDir,
    JOB_OUTPUT_DIR: join(places.workDir, JOB_OUT_FOLDER),
    JOB_TEMPLATE_DIR: TEMPLATE_INSIDE,
    JOB_REQUEST_FILE: join(places.workDir, JOB_INPUT_FILE),
    JOB_PROGRESS_FILE: join(places.workDir, reportLinesFile('progress')),
    JOB_METRICS_FILE: join(places.workDir, reportLinesFile('metrics')),
    JOB_PLOTS_FILE: join(places.workDir, reportLinesFile('plots')),
  };
}
