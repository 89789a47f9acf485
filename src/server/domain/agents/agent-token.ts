import { createHash } from 'node:crypto';
import type { ServiceContext } from '../context.ts';

/** SHA-256, hex: what is kept of tokens and of the secrets in licence files, which are both random enough to need nothing slower. */
export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** 256 random bits as text, told once. */
export const newSecret = (ctx: ServiceContext): string =>
  Buffer.from(ctx.randomBytes(32)).toString('base64url');

/** A bearer token: a secret behind a prefix that secret scanners and people recognise. */
export const agentToken = (secret: string): string => `bdk_agent_${secret}`;
