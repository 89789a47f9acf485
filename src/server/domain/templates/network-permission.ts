import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database, Queryable } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireFacility } from '../experiments/experiment.policy.ts';
import {
  administeredBy,
  deletePermission,
  insertPermission,
  permissionFor,
  permissionsOf,
} from './network-permission.repository.ts';
import { noTemplate, type TemplateRow, viewerOf } from './template.policy.ts';
import { findVersion } from './template.repository.ts';
import type { TemplateNetwork } from './template.types.ts';
import { seenTemplate } from './template-access.repository.ts';
import { announceTemplate } from './template-sharing.ts';

/** Why a version that reaches the network may not run in an experiment; null when its facility allowed it, and of every other version. */
export async function networkLack(
  q: Queryable,
  version: Pick<TemplateRow, 'id' | 'name' | 'version' | 'network'>,
  experimentId: string,
): Promise<AppError | null> {
  if (!version.network) return null;
  const place = await permissionFor(q, version.id, experimentId);
  if (place?.allowedAt) return null;
  return new AppError(
    'CONFLICT',
    `“${version.name}” reaches the network, and ${place?.facilityName ?? 'the facility'} has not allowed that of version ${version.version}: an admin of the facility can, on the page of the template.`,
  );
}

/** Who lets a version reach the network, and where the caller may say so; null of one that does not. */
export async function networkOf(
  q: Queryable,
  ctx: ServiceContext,
  version: TemplateRow,
): Promise<TemplateNetwork | null> {
  if (!version.network) return null;
  const allowed = await permissionsOf(q, version.id);
  const { principal } = ctx;
  const mine = principal.kind === 'person' ? await administeredBy(q, principal.personId) : [];
  return { allowed, mayAllow: mine };
}

async function requireAdmin(q: Queryable, ctx: ServiceContext, facilityId: string): Promise<void> {
  try {
    await requireFacility(q, ctx, facilityId, 'facility.network');
  } catch (error) {
    // They see the template; whether there is such a facility is not told.
    if (error instanceof AppError && error.code === 'NOT_FOUND') throw new AppError('NOT_ALLOWED');
    throw error;
  }
}

/** How admins let a version of a template reach the network from the machines of their facility, and forbid it again. */
export function createNetworkPermissions({ db }: { db: Database }) {
  return {
    /** BAD_INPUT of a version that does not ask for it, ALREADY_DONE when it stands so. What runs goes on. */
    async setNetwork(
      ctx: ServiceContext,
      input: { slug: string; version: number; facilityId: string; allowed: boolean },
    ): Promise<void> {
      await db.transaction(async (tx) => {
        const seen = await seenTemplate(tx, viewerOf(ctx), input.slug, null);
        if (!seen) throw noTemplate();
        await requireAdmin(tx, ctx, input.facilityId);
        const version = await findVersion(tx, input.slug, input.version);
        if (!version) {
          throw new AppError('NOT_FOUND', `“${seen.version.name}” has no version ${input.version}.`);
        }
        if (!version.network) throw new AppError('BAD_INPUT', 'This version does not ask for the network.');
        const of = { jobTemplateId: version.id, facilityId: input.facilityId };
        const given = { ...of, allowedBy: actingPerson(ctx), allowedAt: ctx.now() };
        const done = input.allowed ? await insertPermission(tx, given) : await deletePermission(tx, of);
        if (!done) {
          throw new AppError(
            'ALREADY_DONE',
            input.allowed ? 'It is allowed already.' : 'It is not allowed any more.',
          );
        }
        await recordAudit(tx, ctx, {
          action: input.allowed ? 'template.allowNetwork' : 'template.forbidNetwork',
          ...{ entityKind: 'template', entityId: version.ownTemplateId ?? version.id },
          detail: { slug: input.slug, version: input.version, facilityId: input.facilityId },
        });
        if (seen.own) await announceTemplate(tx, ctx, seen.own);
      });
    },
  };
}
