import { createHash } from 'node:crypto';
import { AppError } from '../../../shared/errors/app-error.ts';
import { isUuid } from '../../../shared/model/uuid.ts';
import type { TokenScope } from '../../../shared/permissions/token-scopes.ts';
import type { Database } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { Principal, ServiceContext } from '../context.ts';
import { requireExperiment, requireInstrument } from '../experiments/experiment.policy.ts';
import { requirePerson } from '../people/people.policy.ts';
import {
  countLiveTokens,
  insertToken,
  type ListedToken,
  lockPerson,
  revokeToken,
  tokenByHash,
  tokenById,
  tokensAt,
  tokensOf,
  touchToken,
} from './token.repository.ts';

const DAY_MS = 24 * 3600 * 1000;
/** A year, with the leap day. */
export const LONGEST_TOKEN_MS = 366 * DAY_MS;
/** More are a sign of a program that makes one at every start. */
export const MOST_TOKENS = 50;
/** So long after its end a token is still shown, so that people see why a program of theirs stopped. */
const SHOW_EXPIRED_MS = 30 * DAY_MS;
/** "Last used" is written at most this often. */
const TOUCH_MS = 60 * 1000;

/** People and secret scanners recognise it; 43 characters of base64url hold 256 bits. */
const TOKEN = /^bd_[A-Za-z0-9_-]{43}$/;

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex');
const day = (at: Date) => at.toISOString().slice(0, 10);

/** Why a token does not count. */
export type TokenFault = 'unknown' | 'disabled' | 'revoked' | 'expired';

function refused(token: TokenFault, why: string): AppError {
  const message = token === 'disabled' ? `${why}.` : `${why} on your account page.`;
  return new AppError('NOT_SIGNED_IN', { message, details: { token } });
}

/** What is shown of a token: never the token. */
export interface TokenView {
  tokenId: string;
  name: string;
  scopes: TokenScope[];
  /** Of the only experiment it opens; null = every one of the person. */
  experimentCode: string | null;
  /** Where it holds its person's rights as staff, and nothing else of them; null = a personal token. */
  instrumentName: string | null;
  createdAt: Date;
  expiresAt: Date;
  isExpired: boolean;
  lastUsedAt: Date | null;
}

/** What staff see of a token of their instrument. */
export interface InstrumentTokenView extends TokenView {
  madeBy: string;
  /** Its maker is staff there no longer, or disabled: it opens nothing until they are again. */
  isIdle: boolean;
}

export interface NewToken {
  name: string;
  scopes: readonly TokenScope[];
  expiresAt: Date;
  /** For one experiment, or for what its maker holds as staff of one instrument; both null = for all that the person sees. */
  experimentId: string | null;
  instrumentId?: string | null;
}

const toView = (row: ListedToken, now: Date): TokenView => ({
  ...{ tokenId: row.id, name: row.name, scopes: row.scopes, experimentCode: row.experimentCode },
  ...{ instrumentName: row.instrumentName, createdAt: row.createdAt, expiresAt: row.expiresAt },
  ...{ lastUsedAt: row.lastUsedAt, isExpired: row.expiresAt <= now },
});

/** Access tokens: what a person gives a program of theirs to act with. Only people with a session make and revoke them. */
export function createTokensService({ db }: { db: Database }) {
  return {
    /** Returns the token itself, this once; only its hash is kept. */
    async create(
      ctx: ServiceContext,
      input: NewToken,
    ): Promise<{ tokenId: string; token: string; expiresAt: Date }> {
      const { personId } = requirePerson(ctx);
      const now = ctx.now();
      const name = input.name.trim();
      if (name === '') throw new AppError('BAD_INPUT', 'Give the token a name that says what it is for.');
      if (input.scopes.length === 0) throw new AppError('BAD_INPUT', 'Choose what the token may do.');
      const lifeMs = input.expiresAt.getTime() - now.getTime();
      if (lifeMs <= 0 || lifeMs > LONGEST_TOKEN_MS) {
        throw new AppError('BAD_INPUT', 'A token must end in the future, at most a year from now.');
      }
      const token = `bd_${Buffer.from(ctx.randomBytes(32)).toString('base64url')}`;
      const tokenId = ctx.newId();
      const { expiresAt, experimentId, instrumentId = null } = input;
      if (experimentId !== null && instrumentId !== null) {
        throw new AppError('BAD_INPUT', 'A token is for one experiment or for one instrument, not for both.');
      }
      const scopes = [...new Set(input.scopes)];
      await db.transaction(async (tx) => {
        if (experimentId !== null) await requireExperiment(tx, ctx, experimentId, 'experiment.view');
        if (instrumentId !== null) await requireInstrument(tx, ctx, instrumentId, 'instrument.agents');
        await lockPerson(tx, personId);
        if ((await countLiveTokens(tx, personId, now)) >= MOST_TOKENS) {
          throw new AppError('CONFLICT', `You have ${MOST_TOKENS} tokens. Revoke one that is not used.`);
        }
        const facts = { name, scopes, experimentId, instrumentId, expiresAt };
        await insertToken(tx, { id: tokenId, personId, tokenHash: hashOf(token), createdAt: now, ...facts });
        await recordAudit(tx, ctx, {
          action: 'token.created',
          entityKind: 'token',
          entityId: tokenId,
          experimentId,
          detail: {
            name,
            scopes,
            expiresAt: expiresAt.toISOString(),
            ...(instrumentId ? { instrumentId } : {}),
          },
        });
      });
      return { tokenId, token, expiresAt };
    },

    /** The caller's tokens that were not revoked, the newest first. */
    async list(ctx: ServiceContext): Promise<TokenView[]> {
      const { personId } = requirePerson(ctx);
      const now = ctx.now();
      const rows = await tokensOf(db, personId, new Date(now.getTime() - SHOW_EXPIRED_MS));
      return rows.map((row) => toView(row, now));
    },

    /** The tokens of an instrument that were not revoked, whoever made them, the newest first. For its staff. */
    async ofInstrument(ctx: ServiceContext, input: { instrumentId: string }): Promise<InstrumentTokenView[]> {
      await requireInstrument(db, ctx, input.instrumentId, 'instrument.agents');
      const now = ctx.now();
      const rows = await tokensAt(db, input.instrumentId, new Date(now.getTime() - SHOW_EXPIRED_MS));
      return rows.map((row) => ({ ...toView(row, now), madeBy: row.madeBy, isIdle: row.isIdle }));
    },

    /** From now on it opens nothing. One's own, or one of an instrument by its staff; every other is NOT_FOUND. */
    async revoke(ctx: ServiceContext, input: { tokenId: string }): Promise<void> {
      const { personId } = requirePerson(ctx);
      const hidden = new AppError('NOT_FOUND', 'There is no such token, or it has been revoked.');
      await db.transaction(async (tx) => {
        const found = isUuid(input.tokenId) ? await tokenById(tx, input.tokenId) : null;
        if (!found) throw hidden;
        if (found.personId !== personId) {
          if (found.instrumentId === null) throw hidden;
          await requireInstrument(tx, ctx, found.instrumentId, 'instrument.agents').catch(
            (error: unknown) => {
              throw error instanceof AppError ? hidden : error;
            },
          );
        }
        if (!(await revokeToken(tx, found.id, ctx.now()))) throw hidden;
        await recordAudit(tx, ctx, {
          action: 'token.revoked',
          entityKind: 'token',
          entityId: found.id,
          experimentId: found.experimentId,
          detail: { name: found.name },
        });
      });
    },

    /** Who a token stands for now. Throws NOT_SIGNED_IN with the reason, in `details.token` for programs. */
    async authenticate(token: string, now: Date): Promise<Extract<Principal, { kind: 'token' }>> {
      const found = TOKEN.test(token) ? await tokenByHash(db, hashOf(token)) : null;
      if (!found) {
        throw refused('unknown', 'This is no access token of this installation; copy it again or make one');
      }
      const { id, personId, scopes, experimentId, instrumentId, expiresAt, revokedAt, lastUsedAt } =
        found.token;
      if (found.personDisabledAt) throw refused('disabled', 'The account of this access token is disabled');
      if (revokedAt)
        throw refused('revoked', `This access token was revoked on ${day(revokedAt)}; make another`);
      if (expiresAt <= now)
        throw refused('expired', `This access token ended on ${day(expiresAt)}; make another`);
      if (lastUsedAt === null || now.getTime() - lastUsedAt.getTime() > TOUCH_MS) {
        await touchToken(db, id, now);
      }
      return { kind: 'token', tokenId: id, personId, scopes, experimentId, instrumentId };
    },
  };
}

export type TokensService = ReturnType<typeof createTokensService>;
