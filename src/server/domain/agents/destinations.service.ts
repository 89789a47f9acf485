import { AppError } from '../../../shared/errors/app-error.ts';
import { destinationPath } from '../../../shared/model/destination.ts';
import { type SourceKind, templateFaults } from '../../../shared/model/destination-template.ts';
import type { Folder } from '../../../shared/model/states.ts';
import type { Database } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireLiveAgent, requireOwnAgent } from './agent.policy.ts';
import { agentChanged } from './agent-changes.ts';
import type { DestinationView } from './agent-view.ts';
import { destinationsOf, insertDestination } from './destination.repository.ts';
import { licenceInForce, newestLicence } from './licence.repository.ts';

export interface DestinationInput {
  agentId: string;
  /** A detector's name, "landing", or the name of a watched folder. */
  source: string;
  /** What the source is: series of a detector, or files. */
  kind: SourceKind;
  folder: Folder;
  template: string;
}

export interface DestinationPreview {
  /** One sentence each; with any the destination cannot be set. */
  faults: string[];
  /** Where the example would go, relative to the experiment; null when there are faults. */
  path: string | null;
  /** What the example is: "series lyso/run_1, sample lyso-1". */
  example: string;
}

const EXAMPLES: Readonly<Record<SourceKind, string>> = {
  stream: 'lyso/run_1',
  folder: 'lyso/run_1_0001.cbf',
};
const EXAMPLE_SAMPLE = 'lyso-1';

/** Where the data of an agent's sources go. What is set counts for acquisitions that begin after it. */
export function createDestinations({ db }: { db: Database }) {
  /** Sentences about the template, and about a folder that the agent's licence does not permit. */
  async function faultsOf(agent: { id: string; name: string }, input: DestinationInput): Promise<string[]> {
    const licence = (await licenceInForce(db, agent.id)) ?? (await newestLicence(db, agent.id));
    const faults = templateFaults(input.template, input.kind);
    if (licence && !licence.folders.includes(input.folder)) {
      faults.push(
        `The licence of ${agent.name} permits ${licence.folders.join(', ')} and not ${input.folder}: choose one of these, or issue a new licence.`,
      );
    }
    return faults;
  }

  return {
    /** What every source was given and since when, newest first; the first of a source counts now. */
    async destinations(
      ctx: ServiceContext,
      input: { agentId: string },
    ): Promise<{ history: DestinationView[] }> {
      const { agent } = await requireOwnAgent(db, ctx, input.agentId);
      const rows = await destinationsOf(db, [agent.id]);
      return {
        history: rows.map(({ destination: { source, folder, template, since }, createdByName }) => ({
          source,
          folder,
          template,
          since,
          createdByName,
        })),
      };
    },

    async previewDestination(ctx: ServiceContext, input: DestinationInput): Promise<DestinationPreview> {
      const { agent, facility } = await requireOwnAgent(db, ctx, input.agentId);
      const faults = await faultsOf(agent, input);
      const isStream = input.kind === 'stream';
      const path = EXAMPLES[input.kind];
      const values = {
        at: ctx.now(),
        timeZone: facility.timeZone,
        experiment: `${facility.code}26-7K2QF`,
        source: input.source,
        detector: isStream ? input.source : null,
        series: isStream ? 17 : null,
        sample: EXAMPLE_SAMPLE,
        path,
      };
      return {
        faults,
        path: faults.length > 0 ? null : destinationPath(input, values, input.kind),
        example: `${isStream ? 'series' : 'file'} ${path}, sample ${EXAMPLE_SAMPLE}, now`,
      };
    },

    /** Counts for acquisitions that begin from now on; what is under way stays where it began. BAD_INPUT with the faults. */
    async setDestination(ctx: ServiceContext, input: DestinationInput): Promise<{ since: Date }> {
      const { agent } = await requireLiveAgent(db, ctx, input.agentId);
      const faults = await faultsOf(agent, input);
      if (faults.length > 0) {
        throw new AppError('BAD_INPUT', {
          message: faults.join(' '),
          details: { fields: { template: faults[0] } },
        });
      }
      return db.transaction(async (tx) => {
        const since = ctx.now();
        const { source, folder, template } = input;
        const inserted = await insertDestination(tx, {
          id: ctx.newId(),
          agentId: agent.id,
          source,
          folder,
          template,
          since,
          createdBy: actingPerson(ctx),
        });
        if (!inserted) {
          throw new AppError(
            'CONFLICT',
            'Somebody else set this destination in the same moment. Look again.',
          );
        }
        await agentChanged(tx, ctx, agent, 'agent.setDestination', { source, folder, template });
        return { since };
      });
    },
  };
}
