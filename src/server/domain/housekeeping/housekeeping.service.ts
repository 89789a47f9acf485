import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import type { DatesKept } from '../experiments/deadlines.ts';
import type { ExperimentsService } from '../experiments/experiments.service.ts';
import type { IngestService } from '../ingest/ingest.service.ts';
import { silentSince } from '../ingest/silent-parts.ts';
import { KEEP_ANSWERS_MS } from '../tokens/kept-answers.ts';
import type { TriggersService } from '../triggers/triggers.service.ts';
import {
  removeEvents,
  removeKeptAnswers,
  removeLinks,
  removeProofs,
  removeSessions,
  removeSignInAttempts,
} from './housekeeping.repository.ts';

const DAY_MS = 24 * 3600 * 1000;
/** A browser that slept longer than this asks for the whole anew. */
export const KEEP_EVENTS_MS = 7 * DAY_MS;
export const KEEP_SIGN_IN_ATTEMPTS_MS = DAY_MS;
/** People look back at where they were signed in. */
export const KEEP_ENDED_SESSIONS_MS = 30 * DAY_MS;
/**
 * A file is complete seconds after its upload was opened, unless its agent is cut off. One that comes back later than this opens the
 * upload anew and sends the whole file, which it still has.
 */
export const KEEP_OPEN_UPLOADS_MS = 7 * DAY_MS;
/** Aborted in one sweep; what is left waits for the next. */
const UPLOADS_AT_ONCE = 1000;
const LOOKED_INTO_AT_ONCE = 1000;

export interface Swept {
  events: number;
  signInAttempts: number;
  sessions: number;
  links: number;
  /** Of people who came from a provider and did not go on. */
  proofs: number;
  /** Answers to requests with an Idempotency-Key. */
  answers: number;
  uploads: number;
  /** Of what triggers decided. */
  firings: number;
  /** Datasets of several agents that were ended because one of them has fallen silent. */
  silent: number;
  /** Files of other programs whose frames can be shown now. */
  located: number;
  /** What the dates of experiments did. */
  dates: DatesKept;
}

/** What is kept for a while only, and what dates do. The audit is never swept. */
export function createHousekeepingService({
  db,
  ingest,
  experiments,
  triggers,
}: {
  db: Database;
  triggers: Pick<TriggersService, 'forgetHistory'>;
  experiments: Pick<ExperimentsService, 'keepDates'>;
  ingest: Pick<IngestService, 'abortStaleUploads' | 'endSilentParts' | 'locateStored'>;
}) {
  return {
    async sweep(ctx: ServiceContext): Promise<Swept> {
      if (ctx.principal.kind !== 'system') throw new AppError('NOT_ALLOWED');
      const before = (ageMs: number) => new Date(ctx.now().getTime() - ageMs);
      return {
        events: await removeEvents(db, before(KEEP_EVENTS_MS)),
        signInAttempts: await removeSignInAttempts(db, before(KEEP_SIGN_IN_ATTEMPTS_MS)),
        sessions: await removeSessions(db, before(KEEP_ENDED_SESSIONS_MS)),
        links: await removeLinks(db, before(KEEP_ENDED_SESSIONS_MS)),
        proofs: await removeProofs(db, before(KEEP_SIGN_IN_ATTEMPTS_MS)),
        answers: await removeKeptAnswers(db, before(KEEP_ANSWERS_MS)),
        firings: await triggers.forgetHistory(ctx),
        uploads: await ingest.abortStaleUploads(ctx, {
          before: before(KEEP_OPEN_UPLOADS_MS),
          limit: UPLOADS_AT_ONCE,
        }),
        silent: await ingest.endSilentParts(ctx, { before: silentSince(ctx), limit: UPLOADS_AT_ONCE }),
        // Behind the silent parts: whose last dataset has ended may end.
        dates: await experiments.keepDates(ctx),
        // Last: it throws where the store cannot be asked.
        located: await ingest.locateStored(ctx, { limit: LOOKED_INTO_AT_ONCE }),
      };
    },
  };
}

export type HousekeepingService = ReturnType<typeof createHousekeepingService>;
