import { AppError } from '../../../shared/errors/app-error.ts';
import type { Alarm } from '../../../shared/model/alarms.ts';
import { summariseLatency } from '../../../shared/model/latency.ts';
import type { UploadMode } from '../../../shared/model/states.ts';
import type { Database } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { hashOfSecret } from '../people/secret-link.ts';
import { measuredSince } from './arriving.repository.ts';
import type { CockpitAgent } from './cockpit-agents.ts';
import { alarmsFrom, type CockpitFacts, cockpitFacts } from './cockpit-facts.ts';
import { type ComputeInUse, computeInUse } from './cockpit-jobs.repository.ts';
import type { CockpitScope } from './cockpit-scope.repository.ts';
import { instrumentOfKey, touchDisplayLink } from './display-link.repository.ts';
import { createDisplayLinks } from './display-links.service.ts';
import { listReachable } from './instrument.repository.ts';
import { startOfDay } from './start-of-day.ts';

/** "Last used" of a link is written at most this often. */
const TOUCH_MS = 60 * 1000;
const MOST_SHOWN = 4;

/** An agent on a wall: whether it is heard, and how much moves. Its name is the facility's. */
export interface WallAgent {
  id: string;
  kind: 'hub' | 'sync';
  name: string;
  lastSeenAt: Date | null;
  /** Its licence lets it in no more. */
  isRefused: boolean;
  /** How it acts on the switch; what staff want where it has not said. */
  uploads: UploadMode;
  /** Null before the first heartbeat. */
  told: {
    receivedBytesPerS: number;
    uploadedBytesPerS: number;
    framesPerS: number;
    queue: { files: number; bytes: number };
    bufferLastsS: number | null;
  } | null;
}

/**
 * What everybody who walks past may read: states, counts, rates, latency, alarms. Of proprietary experiments no code, title, person, sample or
 * name of a file; nothing here is made of their texts, so that there is none to leave out.
 */
export interface WallView {
  /** The server's clock. */
  at: Date;
  instrument: { slug: string; name: string; promiseMs: number };
  facility: { name: string; timeZone: string };
  /** `named`: of an experiment that is not proprietary. */
  active: { since: Date; named: { code: string; title: string } | null } | null;
  /** Datasets under way, the newest first; at most a few. */
  arriving: { id: string; framesStored: number; framesExpected: number | null }[];
  today: { datasets: number; frames: number };
  latency: { count: number; p50Ms: number | null; p95Ms: number | null };
  compute: ComputeInUse;
  agents: WallAgent[];
  alarms: (Pick<Alarm, 'level' | 'code' | 'since' | 'step'> & { agentName: string | null })[];
}

function wallAgent({ id, kind, name, lastSeenAt, licence, uploads, status }: CockpitAgent): WallAgent {
  return {
    ...{ id, kind, name, lastSeenAt },
    isRefused: licence?.state === 'revoked' || licence?.state === 'expired',
    uploads: status?.uploads?.mode ?? uploads.mode,
    told: status && {
      receivedBytesPerS: status.rates.receivedBytesPerS,
      uploadedBytesPerS: status.rates.uploadedBytesPerS,
      framesPerS: status.rates.framesPerS,
      queue: { files: status.queue.files, bytes: status.queue.bytes },
      bufferLastsS: status.bufferLastsS,
    },
  };
}

function activeOf({ active }: CockpitFacts): WallView['active'] {
  if (!active) return null;
  const { code, title, proprietary } = active.experiment;
  return { since: active.since, named: proprietary ? null : { code, title } };
}

export function createWall({ db }: { db: Database }) {
  const hidden = () =>
    new AppError(
      'NOT_FOUND',
      'There is no such wall display, or its link was revoked. Ask the staff for a new one.',
    );

  /** The instrument of the slug, when the caller is its staff, or brings the key of one of its display links. */
  async function requireWall(ctx: ServiceContext, slug: string, key: string | null) {
    if (key !== null) {
      const link = await instrumentOfKey(db, hashOfSecret(key));
      if (!link) throw hidden();
      const [row] = await listReachable(db, null, slug);
      if (row?.instrument.id !== link.instrumentId) throw hidden();
      const now = ctx.now();
      await touchDisplayLink(db, link.displayLinkId, now, new Date(now.getTime() - TOUCH_MS));
      return row;
    }
    if (ctx.principal.kind === 'anonymous') throw new AppError('NOT_SIGNED_IN');
    if (ctx.principal.kind !== 'person') throw hidden();
    const [row] = await listReachable(db, ctx.principal.personId, slug);
    if (!row) throw hidden();
    if (!row.isStaff)
      throw new AppError('NOT_ALLOWED', 'The wall display is opened by staff of the instrument.');
    return row;
  }

  return {
    ...createDisplayLinks({ db }),

    /** For staff, and for whoever brings the key of a display link: nobody needs to be signed in. NOT_FOUND for everybody else. */
    async wall(ctx: ServiceContext, input: { slug: string; key: string | null }): Promise<WallView> {
      const { instrument, facility } = await requireWall(ctx, input.slug, input.key);
      const at = ctx.now();
      const scope: CockpitScope = { instrumentId: instrument.id, experimentIds: null, at };
      const [facts, today, compute] = await Promise.all([
        cockpitFacts(db, scope),
        measuredSince(db, scope, startOfDay(at, facility.timeZone)),
        computeInUse(db, scope),
      ]);
      const names = new Map(facts.agents.map(({ id, name }) => [id, name]));
      const { count, p50Ms, p95Ms } = summariseLatency(facts.latencies.map(({ latencyMs }) => latencyMs));
      return {
        at,
        instrument: { slug: instrument.slug, name: instrument.name, promiseMs: instrument.promiseMs },
        facility: { name: facility.name, timeZone: facility.timeZone },
        active: activeOf(facts),
        arriving: facts.arriving
          .filter(({ state }) => state === 'receiving')
          .slice(0, MOST_SHOWN)
          .map(({ id, framesStored, framesExpected }) => ({ id, framesStored, framesExpected })),
        today,
        latency: { count, p50Ms, p95Ms },
        compute: compute.own,
        agents: facts.agents.map(wallAgent),
        alarms: alarmsFrom(facts, instrument, at).map(({ level, code, since, agentId, step }) => ({
          ...{
            level,
            code,
            since,
            ...(step !== undefined && { step }),
            agentName: agentId === null ? null : (names.get(agentId) ?? null),
          },
        })),
      };
    },
  };
}
