import { randomBytes } from 'node:crypto';
import { enrolResponseSchema, licenceFileSchema } from '#src/shared/contracts/agent-licence.ts';

/** What an agent says to the server, without an agent: for pictures of what only broken machines tell. */
export interface ToldAgent {
  /** Status of the answer. */
  heartbeat(body: unknown): Promise<number>;
}

/** Enrols with a licence file of staff's, as the agent of that licence. */
export async function enrolAgent(web: string, licenceText: string, host: string): Promise<ToldAgent> {
  const send = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${web}/api/agent/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const licence = licenceFileSchema.parse(JSON.parse(licenceText));
  const agentKey = randomBytes(32).toString('base64url');
  const answer = await send('enrol', { licence, host, version: '0.1.0', agentKey });
  if (!answer.ok) throw new Error(`enrolment of ${host}: ${answer.status} ${await answer.text()}`);
  const { token } = enrolResponseSchema.parse(await answer.json());
  return {
    async heartbeat(body) {
      const { status } = await send('heartbeat', body, { authorization: `Bearer ${token}` });
      return status;
    },
  };
}
