import { AppError } from '../../../shared/errors/app-error.ts';
import { allows, type Role, type TemplateAction } from '../../../shared/permissions/permission-table.ts';
import type { Queryable } from '../../db/client.ts';
import type { ServiceContext } from '../context.ts';
import { assertScope } from '../experiments/experiment.policy.ts';
import { type OwnTemplateRow, type TemplateViewer, templateAccess } from './template-access.repository.ts';

export type { OwnTemplateRow, TemplateRow, TemplateViewer } from './template-access.repository.ts';

export const noTemplate = () =>
  new AppError('NOT_FOUND', 'There is no such template, or it is not shared with you.');

/** Who looks at templates, of whoever asks. Throws NOT_SIGNED_IN, and NOT_ALLOWED for agents. */
export function viewerOf({ principal }: Pick<ServiceContext, 'principal'>): TemplateViewer {
  switch (principal.kind) {
    case 'system':
      return { kind: 'all' };
    case 'person':
      return { kind: 'person', personId: principal.personId };
    case 'token':
      if (principal.experimentId !== null)
        return { kind: 'experiment', experimentId: principal.experimentId };
      if (principal.instrumentId !== null)
        return { kind: 'instrument', instrumentId: principal.instrumentId };
      return { kind: 'person', personId: principal.personId };
    case 'agent':
      throw new AppError('NOT_ALLOWED');
    case 'anonymous':
      throw new AppError('NOT_SIGNED_IN');
  }
}

const OF_THE_SYSTEM: readonly Role[] = ['owner', 'admin'];

function rolesOf(viewer: TemplateViewer, access: { isOwner: boolean; isReader: boolean; isAdmin: boolean }) {
  if (viewer.kind === 'all') return OF_THE_SYSTEM;
  const roles: Role[] = [];
  if (access.isOwner) roles.push('owner');
  if (access.isReader) roles.push('reader');
  if (access.isAdmin) roles.push('admin');
  return roles;
}

/**
 * A template that somebody made, with the roles of the caller in it, when they may do this with it. Who does not see it is told NOT_FOUND, as of one
 * that is not there and of one that ships with the product; who sees it but may not do this, NOT_ALLOWED.
 */
export async function requireOwnTemplate(
  q: Queryable,
  ctx: ServiceContext,
  slug: string,
  action: TemplateAction,
): Promise<{ own: OwnTemplateRow; roles: readonly Role[] }> {
  assertScope(ctx, action);
  const viewer = viewerOf(ctx);
  const access = await templateAccess(q, viewer, slug);
  const roles = access ? rolesOf(viewer, access) : [];
  if (!access || !allows('template.view', roles)) throw noTemplate();
  if (!allows(action, roles)) throw new AppError('NOT_ALLOWED');
  return { own: access.own, roles };
}
