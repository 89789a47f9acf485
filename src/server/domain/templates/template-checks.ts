import { scriptLanguage } from '../../../shared/contracts/script-run.ts';
import type { TemplateLanguage } from '../../../shared/contracts/template-content.ts';
import type { TemplateRequirement } from '../../../shared/contracts/template-requirement.ts';
import type { ComputeDriver } from '../../compute/compute.port.ts';
import type { Database } from '../../db/client.ts';
import type { Logger } from '../../observability/logger.ts';
import type { ServiceContext } from '../context.ts';
import type { TemplateRow } from './template.policy.ts';
import { findVersionById, noteMissing, versionsToCheck } from './template.repository.ts';

const INTERPRETERS: Readonly<Record<TemplateLanguage, TemplateRequirement>> = {
  bash: { kind: 'command', name: 'bash', how: 'apt-get install bash' },
  python: { kind: 'command', name: 'python3', how: 'apt-get install python3' },
};

/** All a version needs of the machine: the interpreter of its script, then what it names. */
export function requirementsOf(version: Pick<TemplateRow, 'entry' | 'requires'>): TemplateRequirement[] {
  const language = scriptLanguage(version.entry);
  return language === null ? version.requires : [INTERPRETERS[language], ...version.requires];
}

/** Looks whether the machine that runs jobs has what templates need, so that it is said before a run is started. For workers. */
export function createTemplateChecks({
  db,
  compute,
  log,
}: {
  db: Database;
  compute: Pick<ComputeDriver, 'missing'>;
  log: Logger;
}) {
  async function look(ctx: ServiceContext, version: TemplateRow): Promise<void> {
    await noteMissing(db, version.id, await compute.missing(requirementsOf(version)), ctx.now());
  }

  return {
    async check(ctx: ServiceContext, input: { jobTemplateId: string }): Promise<void> {
      const version = await findVersionById(db, input.jobTemplateId);
      if (version) await look(ctx, version);
    },

    /** The newest version of every template, until `signal`. One that cannot be looked at now does not hold up the others. */
    async checkAll(ctx: ServiceContext, signal?: AbortSignal): Promise<void> {
      for (const version of await versionsToCheck(db)) {
        if (signal?.aborted) return;
        try {
          await look(ctx, version);
        } catch (error) {
          log.warn({ template: version.slug, err: error }, 'what a template needs could not be looked for');
        }
      }
    },
  };
}

export type TemplateChecks = ReturnType<typeof createTemplateChecks>;
