import { timingSafeEqual } from 'node:crypto';
import type { EnrolRequest, EnrolResponse } from '../../../shared/contracts/agent-licence.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { type AgentRow, setTokenHash } from './agent.repository.ts';
import { agentChanged } from './agent-changes.ts';
import { agentToken, hashSecret } from './agent-token.ts';
import {
  type AgentPlace,
  agentPlace,
  type LicenceRow,
  licencesOf,
  markEnrolled,
} from './licence.repository.ts';
import { readPayload, type SignedPayload } from './licence-file.ts';
import type { LicenceDeps } from './licences.service.ts';

const NEW_ONE = 'Staff of the instrument issue a new one on the page of the agents.';

export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The reason for which a licence is refused now, with what to do; null when it counts. */
export function refusalOf(
  name: string,
  licence: Pick<LicenceRow, 'revokedAt' | 'revokedReason' | 'expiresAt'>,
  now: Date,
): AppError | null {
  if (licence.revokedAt !== null) {
    return new AppError(
      'LICENCE_REVOKED',
      `The licence of ${name} was revoked on ${dayOf(licence.revokedAt)} (${licence.revokedReason}). Staff of the instrument can restore it on the page of the agents.`,
    );
  }
  if (licence.expiresAt <= now) {
    return new AppError(
      'LICENCE_EXPIRED',
      `The licence of ${name} expired on ${dayOf(licence.expiresAt)}. ${NEW_ONE}`,
    );
  }
  return null;
}

/** Whose licence it is, when it is genuine; nothing in the file is believed before its signature is checked. */
async function checkGenuine(
  q: Queryable,
  { keys }: Pick<LicenceDeps, 'keys'>,
  { payload, signed }: SignedPayload,
  signature: string,
): Promise<{ place: AgentPlace; licence: LicenceRow; newest: LicenceRow }> {
  const place = await agentPlace(q, payload.agentId);
  const unknown = `This licence was changed, or it was not issued by this installation. ${NEW_ONE}`;
  if (!place || !keys.verify(place.facility.id, signed, signature)) {
    throw new AppError('LICENCE_INVALID', unknown);
  }
  const rows = (await licencesOf(q, [payload.agentId])).map((row) => row.licence);
  const licence = rows.find((row) => row.id === payload.licenceId);
  const isItsSecret = (row: LicenceRow) =>
    timingSafeEqual(Buffer.from(row.enrolmentHash), Buffer.from(hashSecret(payload.enrolmentSecret)));
  if (!licence || !isItsSecret(licence)) throw new AppError('LICENCE_INVALID', unknown);
  return { place, licence, newest: rows[0]! };
}

/** Throws CONFLICT unless it was this agent that exchanged the licence before. */
async function checkSameAgent(tx: Transaction, agent: AgentRow, licenceId: string, agentKeyHash: string) {
  const rows = await licencesOf(tx, [agent.id]);
  const used = rows.find(({ licence }) => licence.id === licenceId)!.licence;
  if (used.agentKeyHash === agentKeyHash) return;
  throw new AppError(
    'CONFLICT',
    `This licence of ${agent.name} was used on ${used.enrolledAt!.toISOString()} on the machine “${used.enrolledHost}”; each works once. ${NEW_ONE}`,
  );
}

/** Exchanges a licence for a token, for one agent alone. Nobody is signed in here: the licence is the proof. */
export function createEnrol(deps: LicenceDeps) {
  const { db, keys } = deps;
  return {
    /**
     * LICENCE_INVALID (no licence, changed, of another installation, not the newest), LICENCE_EXPIRED, LICENCE_REVOKED, or CONFLICT when
     * another agent used it before, with when and on which machine. The same agent, whose answer was lost, gets it again.
     */
    async enrol(ctx: ServiceContext, request: EnrolRequest): Promise<EnrolResponse> {
      const read = readPayload(request.licence);
      if (!read) throw new AppError('LICENCE_INVALID', `This is no licence of an agent. ${NEW_ONE}`);
      const { signature } = request.licence;
      const agentKeyHash = hashSecret(request.agentKey);
      return db.transaction(async (tx) => {
        const { place, licence, newest } = await checkGenuine(tx, deps, read, signature);
        const { agent } = place;
        if (agent.revokedAt) {
          throw new AppError(
            'LICENCE_REVOKED',
            `The agent ${agent.name} was removed on ${dayOf(agent.revokedAt)}.`,
          );
        }
        const refusal = refusalOf(agent.name, licence, ctx.now());
        if (refusal) throw refusal;
        if (newest.id !== licence.id) {
          throw new AppError(
            'LICENCE_INVALID',
            `A newer licence of ${agent.name} was issued on ${dayOf(newest.issuedAt)}: only that one can be used.`,
          );
        }
        const facilityId = place.facility.id;
        const token = agentToken(keys.agentSecret(facilityId, licence.id, request.agentKey));
        const answer = {
          agentId: agent.id,
          token,
          publicKey: keys.publicKey(facilityId),
          serverTime: ctx.now().toISOString(),
        };
        const enrolled = { enrolledAt: ctx.now(), enrolledHost: request.host, agentKeyHash };
        if (!(await markEnrolled(tx, licence.id, enrolled))) {
          await checkSameAgent(tx, agent, licence.id, agentKeyHash);
          return answer;
        }
        await setTokenHash(tx, agent.id, hashSecret(token));
        const { id, instrumentId, name } = agent;
        const principal = {
          kind: 'agent',
          agentId: id,
          instrumentId,
          name,
          folders: licence.folders,
        } as const;
        await agentChanged(tx, { ...ctx, principal }, agent, 'agent.enrol', {
          licenceId: licence.id,
          host: request.host,
          version: request.version,
        });
        return answer;
      });
    },
  };
}
