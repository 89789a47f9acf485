import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject, sign, verify } from 'node:crypto';

/** A raw Ed25519 seed of 32 bytes behind these is a private key in PKCS #8 (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/**
 * The Ed25519 keys (RFC 8032) by which facilities sign for their agents: licence files and control documents. Each is derived (HKDF, RFC
 * 5869) from the installation's secret and the facility's id for this purpose alone, so that every process has them and no key is
 * stored; docs/decisions/0011 says what a new secret means. Signatures and public keys are base64url without padding.
 */
export class FacilityKeys {
  readonly #secret: string;
  readonly #pairs = new Map<string, KeyPair>();

  constructor(secret: string) {
    this.#secret = secret;
  }

  #pairOf(facilityId: string): KeyPair {
    let pair = this.#pairs.get(facilityId);
    if (!pair) {
      const seed = hkdfSync('sha256', this.#secret, facilityId, 'beamdeck/facility/agents/1', 32);
      const der = Buffer.concat([PKCS8_HEAD, Buffer.from(seed)]);
      const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      pair = { privateKey, publicKey: createPublicKey(privateKey) };
      this.#pairs.set(facilityId, pair);
    }
    return pair;
  }

  /** 32 bytes, base64url: the same for the same licence and agent key, and known to nobody else. */
  agentSecret(facilityId: string, licenceId: string, agentKey: string): string {
    const about = `beamdeck/facility/agent-token/1 ${licenceId}`;
    const secret = hkdfSync('sha256', `${this.#secret} ${agentKey}`, facilityId, about, 32);
    return Buffer.from(secret).toString('base64url');
  }

  /** 32 bytes: 43 characters. */
  publicKey(facilityId: string): string {
    return this.#pairOf(facilityId).publicKey.export({ format: 'jwk' }).x!;
  }

  /** Over the UTF-8 bytes of the text; 64 bytes: 86 characters. */
  sign(facilityId: string, text: string): string {
    return sign(null, Buffer.from(text, 'utf8'), this.#pairOf(facilityId).privateKey).toString('base64url');
  }

  verify(facilityId: string, bytes: Uint8Array, signature: string): boolean {
    return verify(null, bytes, this.#pairOf(facilityId).publicKey, Buffer.from(signature, 'base64url'));
  }
}
