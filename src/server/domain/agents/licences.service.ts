import type { LicencePayload } from '../../../shared/contracts/agent-licence.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { LICENCE_MAX_DAYS } from '../../../shared/model/licence-state.ts';
import { FOLDERS, type Folder } from '../../../shared/model/states.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireInstrument } from '../experiments/experiment.policy.ts';
import { requireLiveAgent } from './agent.policy.ts';
import { findAgentByName, insertAgent } from './agent.repository.ts';
import { agentChanged } from './agent-changes.ts';
import { hashSecret, newSecret } from './agent-token.ts';
import type { FacilityKeys } from './facility-keys.ts';
import {
  type AgentPlace,
  agentPlace,
  insertLicence,
  licenceInForce,
  newestLicence,
  restoreLicences,
  revokeLicences,
} from './licence.repository.ts';
import { type LicenceDownload, writeLicenceFile } from './licence-file.ts';

export interface LicenceDeps {
  db: Database;
  keys: FacilityKeys;
  /** Origin of the web app: where agents with a licence of ours turn to. */
  webUrl: string;
}

export interface LicenceTerms {
  folders: readonly Folder[];
  expiresAt: Date;
}

const DAY_MS = 24 * 3600 * 1000;

function checkTerms(ctx: ServiceContext, { folders, expiresAt }: LicenceTerms): Folder[] {
  const leftMs = expiresAt.getTime() - ctx.now().getTime();
  if (leftMs <= 0)
    throw new AppError('BAD_INPUT', 'The licence would have expired already: choose a later day.');
  if (leftMs > LICENCE_MAX_DAYS * DAY_MS) {
    throw new AppError('BAD_INPUT', 'A licence is valid for five years at most: choose an earlier day.');
  }
  return FOLDERS.filter((folder) => folders.includes(folder));
}

const licensable = (tx: Transaction, ctx: ServiceContext, agentId: string): Promise<AgentPlace> =>
  requireLiveAgent(tx, ctx, agentId, 'instrument.licences');

/** Licences of agents: made, revoked and given back by staff of the instrument and admins of its facility. */
export function createLicences({ db, keys, webUrl }: LicenceDeps) {
  async function issue(
    tx: Transaction,
    ctx: ServiceContext,
    { agent, instrument, facility }: AgentPlace,
    terms: LicenceTerms,
  ): Promise<LicenceDownload> {
    const folders = checkTerms(ctx, terms);
    const enrolmentSecret = newSecret(ctx);
    const issuedAt = ctx.now();
    const payload: LicencePayload = {
      licenceId: ctx.newId(),
      agentId: agent.id,
      kind: agent.kind,
      name: agent.name,
      facility: { code: facility.code, name: facility.name },
      instrument: { id: instrument.id, slug: instrument.slug, name: instrument.name },
      server: webUrl,
      folders,
      issuedAt: issuedAt.toISOString(),
      expiresAt: terms.expiresAt.toISOString(),
      enrolmentSecret,
    };
    await insertLicence(tx, {
      id: payload.licenceId,
      agentId: agent.id,
      folders,
      issuedAt,
      issuedBy: actingPerson(ctx),
      expiresAt: terms.expiresAt,
      enrolmentHash: hashSecret(enrolmentSecret),
    });
    await agentChanged(tx, ctx, agent, 'agent.issueLicence', {
      licenceId: payload.licenceId,
      folders,
      expiresAt: payload.expiresAt,
    });
    return writeLicenceFile(keys, facility.id, payload);
  }

  return {
    /** A new agent of an instrument with its first licence. The file is told once, here. CONFLICT when the name is taken. */
    async create(
      ctx: ServiceContext,
      input: LicenceTerms & { instrumentId: string; kind: 'hub' | 'sync'; name: string },
    ): Promise<LicenceDownload & { agentId: string }> {
      return db.transaction(async (tx) => {
        const instrument = await requireInstrument(tx, ctx, input.instrumentId, 'instrument.licences');
        if (await findAgentByName(tx, instrument.id, input.name)) {
          throw new AppError('CONFLICT', {
            message: `${instrument.name} has or had an agent called ${input.name}: choose another name, or issue that one a new licence.`,
            details: { fields: { name: 'This name is taken.' } },
          });
        }
        const { kind, name } = input;
        const agentId = ctx.newId();
        await insertAgent(tx, { id: agentId, instrumentId: instrument.id, kind, name, createdAt: ctx.now() });
        await agentChanged(tx, ctx, { id: agentId, instrumentId: instrument.id }, 'agent.create', {
          name,
          kind,
        });
        return { agentId, ...(await issue(tx, ctx, (await agentPlace(tx, agentId))!, input)) };
      });
    },

    /**
     * Another licence: the only one that can be enrolled from now on. The agent goes on with its token, under the licence that token came
     * from, until it has enrolled with the new one.
     */
    async issueLicence(
      ctx: ServiceContext,
      input: LicenceTerms & { agentId: string },
    ): Promise<LicenceDownload> {
      return db.transaction(async (tx) => issue(tx, ctx, await licensable(tx, ctx, input.agentId), input));
    },

    /**
     * Refuses the agent with this reason from now on: it keeps what it has and sends nothing. A licence that was issued and not used yet
     * is revoked with it. ALREADY_DONE when there is nothing to revoke.
     */
    async revokeLicence(ctx: ServiceContext, input: { agentId: string; reason: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const { agent } = await licensable(tx, ctx, input.agentId);
        const revoked = { revokedAt: ctx.now(), revokedBy: actingPerson(ctx), revokedReason: input.reason };
        if ((await revokeLicences(tx, agent.id, revoked)) === 0) {
          throw new AppError('ALREADY_DONE', `${agent.name} has no licence that is not revoked already.`);
        }
        await agentChanged(tx, ctx, agent, 'agent.revokeLicence', { reason: input.reason });
      });
    },

    /** Takes a revocation back: the agent goes on with the token it has. ALREADY_DONE when nothing is revoked. */
    async restoreLicence(ctx: ServiceContext, input: { agentId: string }): Promise<void> {
      await db.transaction(async (tx) => {
        const { agent } = await licensable(tx, ctx, input.agentId);
        const [inForce, newest] = [await licenceInForce(tx, agent.id), await newestLicence(tx, agent.id)];
        const ids = [inForce, newest].flatMap((licence) => licence?.id ?? []);
        if (ids.length === 0 || (await restoreLicences(tx, ids)) === 0) {
          throw new AppError('ALREADY_DONE', `No licence of ${agent.name} is revoked.`);
        }
        await agentChanged(tx, ctx, agent, 'agent.restoreLicence');
      });
    },
  };
}
