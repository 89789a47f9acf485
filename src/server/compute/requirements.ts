import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TemplateRequirement } from '../../shared/contracts/template-requirement.ts';

const run = promisify(execFile);
const LOOK_MS = 30_000;

/** Prints those of its arguments that no shell would find as a command. */
const COMMANDS = 'for name in "$@"; do command -v -- "$name" >/dev/null 2>&1 || echo "$name"; done';
/** Prints those of its arguments that cannot be imported, without importing them. */
const MODULES =
  'import sys, importlib.util as u\nfor n in sys.argv[1:]:\n    if u.find_spec(n) is None: print(n)';

/** Runs a command where programs of jobs run: a command line around it, and their environment. */
export interface Confinement {
  around(argv: string[]): Promise<string[]>;
  env: NodeJS.ProcessEnv;
}

async function printed(confinement: Confinement, argv: string[]): Promise<Set<string>> {
  const [file = '', ...args] = await confinement.around(argv);
  const { stdout } = await run(file, args, { timeout: LOOK_MS, env: confinement.env });
  return new Set(stdout.split('\n').filter((line) => line !== ''));
}

/** Those of the requirements that a program of a job would not find. Without `python3` no module is there. */
export async function findMissing(
  required: readonly TemplateRequirement[],
  confinement: Confinement,
): Promise<TemplateRequirement[]> {
  const names = (kind: TemplateRequirement['kind']) =>
    required.filter((each) => each.kind === kind).map(({ name }) => name);
  const modules = names('python-module');
  if (required.length === 0) return [];
  const commands = [...names('command'), ...(modules.length > 0 ? ['python3'] : [])];
  const absent = await printed(confinement, ['/bin/sh', '-c', COMMANDS, 'sh', ...commands]);
  const hasPython = !absent.has('python3');
  const absentModules =
    hasPython && modules.length > 0
      ? await printed(confinement, ['python3', '-c', MODULES, ...modules])
      : new Set(modules);
  return required.filter(({ kind, name }) => (kind === 'command' ? absent : absentModules).has(name));
}
