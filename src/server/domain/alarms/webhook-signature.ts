import { createHmac, hkdfSync } from 'node:crypto';

/**
 * The secret by which a webhook's receiver knows that a message is ours: derived (HKDF, RFC 5869) from the installation's secret and the webhook's id, so
 * that every process has it and none is stored. `whsec_` and 43 characters.
 */
export function webhookSecret(installationSecret: string, webhookId: string): string {
  const key = hkdfSync('sha256', installationSecret, webhookId, 'beamdeck/webhook/1', 32);
  return `whsec_${Buffer.from(key).toString('base64url')}`;
}

/**
 * The header `Beamdeck-Signature` of a message: `t=` seconds since 1970, `v1=` HMAC-SHA-256 (RFC 2104) over `{t}.{body}` under the UTF-8 bytes of the
 * secret, hex. The time is within, so that a message that was overheard cannot be posted again later.
 */
export function webhookSignature(secret: string, at: Date, body: string): string {
  const t = Math.floor(at.getTime() / 1000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`, 'utf8').digest('hex')}`;
}
