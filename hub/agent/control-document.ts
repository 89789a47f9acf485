import { createPublicKey, verify } from 'node:crypto';
import { type ControlDocument, controlDocumentSchema } from '#src/shared/contracts/agent-control.ts';
import type { AgentIdentity } from './access.ts';

/** As the server sent it and as it is kept: what was signed, and the signature (base64url). */
export interface SignedDocument {
  document: string;
  signature: string;
}

/** Why a control document is not obeyed. */
export class ControlFault extends Error {
  override readonly name = 'ControlFault';
}

/** Checks the signature (Ed25519, RFC 8032) with the key pinned at the enrolment, and that it is for this agent. Throws ControlFault. */
export function openControlDocument(
  { document, signature }: SignedDocument,
  { publicKey, agentId, instrument }: Pick<AgentIdentity, 'publicKey' | 'agentId' | 'instrument'>,
): ControlDocument {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  if (!verify(null, Buffer.from(document, 'utf8'), key, Buffer.from(signature, 'base64url'))) {
    throw new ControlFault('its signature is not of the facility this agent was enrolled at');
  }
  const parsed = controlDocumentSchema.safeParse(parseText(document));
  if (!parsed.success)
    throw new ControlFault('it is not what this version expects; is the agent older than the server?');
  if (parsed.data.agentId !== agentId) throw new ControlFault('it is for another agent');
  if (parsed.data.instrument.id !== instrument.id) throw new ControlFault('it is for another instrument');
  return parsed.data;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Signed and yet no JSON: the schema says no.
    return null;
  }
}
