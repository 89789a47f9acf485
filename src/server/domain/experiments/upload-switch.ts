import type { HeldDecision } from '../../../shared/model/states.ts';
import type { Database } from '../../db/client.ts';
import { publish, recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireExperiment } from './experiment.policy.ts';
import { updateUpload } from './experiment.repository.ts';

/** The upload switch of an experiment: its Owner or a Manager may stop its data at the instrument. */
export function createUploadSwitch({ db }: { db: Database }) {
  return {
    /**
     * While it is off agents keep the data of this experiment and send none. `held` is what becomes of them when it is on again. Setting
     * what is set already changes nothing.
     */
    async setUpload(
      ctx: ServiceContext,
      input: { experimentId: string; enabled: boolean; held: HeldDecision },
    ): Promise<{ enabled: boolean; held: HeldDecision; since: Date }> {
      return db.transaction(async (tx) => {
        const row = await requireExperiment(tx, ctx, input.experimentId, 'upload.pause');
        const { enabled, held } = input;
        if (row.uploadEnabled === enabled && row.uploadHeld === held) {
          return { enabled, held, since: row.uploadSince ?? row.createdAt };
        }
        const since = ctx.now();
        await updateUpload(tx, row.id, {
          uploadEnabled: enabled,
          uploadHeld: held,
          uploadSince: since,
          uploadBy: actingPerson(ctx),
        });
        await recordAudit(tx, ctx, {
          action: 'experiment.setUpload',
          entityKind: 'experiment',
          entityId: row.id,
          experimentId: row.id,
          detail: { enabled, held },
        });
        await publish(tx, ctx, {
          topics: [`experiment:${row.id}`, `instrument:${row.instrumentId}`],
          kind: 'experiment.changed',
          data: { experimentId: row.id },
        });
        return { enabled, held, since };
      });
    },
  };
}
