import { randomBytes } from 'node:crypto';
import type { AgentsService } from '../server/domain/agents/agents.service.ts';
import type { ServiceContext } from '../server/domain/context.ts';
import { licenceFileSchema } from '../shared/contracts/agent-licence.ts';
import { FOLDERS, type Folder } from '../shared/model/states.ts';
import { testContext } from './test-context.ts';

/** Exchanges the text of a licence file for a token, as an agent does at its first start. */
export function enrol(
  agents: AgentsService,
  text: string,
  host = 'test-machine',
  agentKey = randomBytes(32).toString('base64url'),
) {
  const licence = licenceFileSchema.parse(JSON.parse(text));
  return agents.enrol(testContext({ kind: 'anonymous' }), { licence, host, version: 'test', agentKey });
}

/** An agent that may write into all folders for a year (or as told), enrolled. */
export async function enrolAgent(
  agents: AgentsService,
  ctx: ServiceContext,
  wanted: {
    instrumentId: string;
    name: string;
    kind?: 'hub' | 'sync';
    folders?: readonly Folder[];
    expiresAt?: Date;
  },
): Promise<{ agentId: string; token: string; publicKey: string; licenceText: string }> {
  const { instrumentId, name, kind = 'hub', folders = FOLDERS } = wanted;
  const expiresAt = wanted.expiresAt ?? new Date(ctx.now().getTime() + 365 * 24 * 3600 * 1000);
  const { agentId, text } = await agents.create(ctx, { instrumentId, name, kind, folders, expiresAt });
  const { token, publicKey } = await enrol(agents, text);
  return { agentId, token, publicKey, licenceText: text };
}
