import { createPublicKey, verify } from 'node:crypto';
import { expect } from 'vitest';
import { type ControlResponse, controlDocumentSchema } from '../shared/contracts/agent-control.ts';

/** Checks the signature of a control document as agents do, with the key they were given when they enrolled, and reads it. */
export function readControl({ signed }: ControlResponse, publicKey: string) {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  expect(signed).not.toBeNull();
  const isGenuine = verify(
    null,
    Buffer.from(signed!.document),
    key,
    Buffer.from(signed!.signature, 'base64url'),
  );
  expect(isGenuine).toBe(true);
  return controlDocumentSchema.parse(JSON.parse(signed!.document));
}
