import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { envExample } from '#src/server/config/env-example.ts';
import { type Counts, nodeTool, oneFailed, onePassed, ROOT, run, runNode, type Stage } from './stage.ts';

/** Stages that look at the sources only. Each counts as one check. */

const SOURCE_FOLDERS = ['src', 'hub', 'workers', 'data-server', 'templates', 'scripts', 'bench', 'e2e'];
const SOURCE_FILE = /\.(ts|tsx|mjs|cjs)$/;

async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  for (const folder of SOURCE_FOLDERS.filter((name) => existsSync(join(ROOT, name)))) {
    for (const entry of await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && SOURCE_FILE.test(entry.name))
        files.push(relative(ROOT, join(entry.parentPath, entry.name)));
    }
  }
  return files.sort();
}

const verdict = (ok: boolean): Counts => (ok ? onePassed : oneFailed);

export const typesStage: Stage = {
  name: 'types',
  title: 'types',
  async run(args) {
    const { code } = await runNode([
      nodeTool('typescript', 'bin', 'tsc'),
      '--noEmit',
      '-p',
      'tsconfig.json',
      ...args,
    ]);
    return verdict(code === 0);
  },
};

/** Words that promise work instead of doing it, and tests somebody switched off. Written in pieces: this file is searched too. */
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
/**
 * With a title, or with nothing that could be false. On a condition (`it.skipIf(…)`, in journeys `test.skip(condition, reason)`) a test is
 * skipped by name where something it needs is missing.
 */
const SWITCHED_OFF =
  /\b(it|test|describe)(\.describe|\.info\(\))?\.((only|todo|fixme)\(|skip\(\s*($|\)|['"`]|true\b))/;

/** `path:line: text` of every such place. */
export function unfinishedPlaces(file: string, text: string): string[] {
  const isTest = /\.test\.tsx?$|^e2e\//.test(file);
  return text
    .split('\n')
    .flatMap((line, index) =>
      UNFINISHED.test(line) || (isTest && SWITCHED_OFF.test(line))
        ? [`${file}:${index + 1}: ${line.trim()}`]
        : [],
    );
}

export const lintStage: Stage = {
  name: 'lint',
  title: 'lint',
  async run(args) {
    const { code } = await runNode([
      nodeTool('@biomejs', 'biome', 'bin', 'biome'),
      'check',
      '--max-diagnostics=50',
      ...args,
    ]);
    const places: string[] = [];
    for (const file of await sourceFiles())
      places.push(...unfinishedPlaces(file, await readFile(join(ROOT, file), 'utf8')));
    for (const place of places) process.stdout.write(`unfinished: ${place}\n`);
    return verdict(code === 0 && places.length === 0);
  },
};

interface CruiseResult {
  modules: { source: string }[];
  summary: {
    error: number;
    violations: { from: string; to: string; rule: { name: string; severity: string } }[];
  };
}

export const importsStage: Stage = {
  name: 'imports',
  title: 'import rules',
  async run() {
    const folders = SOURCE_FOLDERS.filter((name) => existsSync(join(ROOT, name)));
    const { output } = await runNode(
      [
        nodeTool('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
        ...['--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
        ...folders,
      ],
      { capture: true },
    );
    const { modules, summary } = JSON.parse(output) as CruiseResult;
    for (const { rule, from, to } of summary.violations)
      process.stdout.write(`${rule.severity} ${rule.name}: ${from} → ${to}\n`);
    const seen = new Set(modules.map((module) => module.source));
    const unseen = (await sourceFiles()).filter((file) => !seen.has(file) && !file.endsWith('.d.mts'));
    for (const file of unseen) process.stdout.write(`not seen by the checker: ${file}\n`);
    process.stdout.write(`${seen.size} modules seen, ${summary.error} against the rules\n`);
    return verdict(summary.error === 0 && unseen.length === 0);
  },
};

/** Generates migrations again into a copy; a schema they do not yet describe shows as a new file. */
async function migrationsAreCurrent(): Promise<boolean> {
  const copy = await mkdtemp(join(tmpdir(), 'beamdeck-drizzle-'));
  try {
    await cp(join(ROOT, 'drizzle'), copy, { recursive: true });
    const before = (await readdir(copy)).sort();
    const { code, output } = await runNode(
      [
        nodeTool('drizzle-kit', 'bin.cjs'),
        'generate',
        ...[
          '--dialect',
          'postgresql',
          '--schema',
          './src/server/db/schema/index.ts',
          '--out',
          relative(ROOT, copy),
        ],
      ],
      { capture: true },
    );
    const added = (await readdir(copy)).filter((name) => !before.includes(name));
    if (code === 0 && added.length === 0) return true;
    process.stdout.write(
      `${output}\nmigrations do not describe the schema: run npm run db:generate -- --name WHAT\n`,
    );
    return false;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

export const generatedStage: Stage = {
  name: 'generated',
  title: 'generated files unchanged',
  async run() {
    const migrations = await migrationsAreCurrent();
    const example = (await readFile(join(ROOT, '.env.example'), 'utf8')) === envExample();
    if (!example) process.stdout.write('.env.example differs from the schema: run npm run env-example\n');
    const lock = (await runNode(['scripts/lock-platforms.mjs', '--check'])).code === 0;
    return verdict(migrations && example && lock);
  },
};

/** `npm run db:generate -- --name WHAT` */
export const generateMigration = (args: readonly string[]) =>
  run(process.execPath, [nodeTool('drizzle-kit', 'bin.cjs'), 'generate', ...args]);
