import { templateMetricSchema, templateParameterSchema } from '../../../shared/contracts/job-template.ts';
import { scriptLanguage } from '../../../shared/contracts/script-run.ts';
import type { TemplateContent } from '../../../shared/contracts/template-content.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { allows, type Role } from '../../../shared/permissions/permission-table.ts';
import type { Database, Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import { actingPerson, type ServiceContext } from '../context.ts';
import { requireMaker } from '../experiments/experiment.policy.ts';
import { freshSlug } from './fresh-slug.ts';
import { createNetworkPermissions, networkOf } from './network-permission.ts';
import {
  noTemplate,
  type OwnTemplateRow,
  requireOwnTemplate,
  type TemplateRow,
  viewerOf,
} from './template.policy.ts';
import {
  enqueueCheck,
  findVersion,
  insertTemplate,
  insertVersion,
  ownerName,
  raiseVersion,
  setArchivedAt,
  staffedInstruments,
  versionsOf,
} from './template.repository.ts';
import type { TemplateDetail, TemplateItem, TemplateShareView } from './template.types.ts';
import { ownFacilities, seenTemplate, seenTemplates } from './template-access.repository.ts';
import { listShares } from './template-share.repository.ts';
import { announceTemplate, createTemplateSharing } from './template-sharing.ts';
import { contentOf, versionRows } from './version-content.ts';

export type {
  ShareWith,
  TemplateDetail,
  TemplateItem,
  TemplateShareView,
  TemplateVersion,
} from './template.types.ts';

const SLUG_DRAWS = 5;

const itemOf = (
  version: TemplateRow,
  own: OwnTemplateRow | null,
  who: { ownerName: string | null; isMine: boolean },
): TemplateItem => ({
  ...{ slug: version.slug, name: version.name, description: version.description, version: version.version },
  parameters: templateParameterSchema.array().parse(version.parameters),
  ...{ language: scriptLanguage(version.entry), isShipped: own === null },
  ...who,
  ...{ changedAt: version.createdAt, archivedAt: own?.archivedAt ?? null, missing: version.missing },
});

/** Job templates as people make, change, share and archive them. How a run uses one is `use-template.ts`. */
export function createTemplatesService({ db }: { db: Database }) {
  /** Writes a version and has the machine looked at for what it needs. */
  async function writeVersion(
    tx: Transaction,
    ctx: ServiceContext,
    own: Pick<OwnTemplateRow, 'id' | 'slug' | 'ownerId'>,
    input: { version: number; content: TemplateContent; note: string },
  ): Promise<void> {
    const { row, files } = versionRows(input.content);
    const id = ctx.newId();
    await insertVersion(
      tx,
      {
        ...{ ...row, id, ownTemplateId: own.id, slug: own.slug, version: input.version },
        ...{ note: input.note, madeBy: actingPerson(ctx), createdAt: ctx.now() },
      },
      files,
    );
    await enqueueCheck(tx, id);
    await announceTemplate(tx, ctx, own);
  }

  const shareViews = async (
    ctx: ServiceContext,
    own: OwnTemplateRow,
    may: { roles: readonly Role[]; instruments: readonly { id: string }[]; facility: boolean },
  ): Promise<TemplateShareView[]> => {
    const rows = await listShares(db, own.id);
    const isOwner = may.roles.includes('owner');
    const ownId = actingPerson(ctx);
    return (
      rows
        // With whom else it is shared is the owner's affair, and what admins answer for.
        .filter(
          ({ share }) => isOwner || may.facility || share.sharedWith !== 'person' || share.personId === ownId,
        )
        .map(({ share, name, sharedByName }) => ({
          ...{
            shareId: share.id,
            sharedWith: share.sharedWith,
            name,
            sharedByName,
            createdAt: share.createdAt,
          },
          mayEnd:
            isOwner ||
            (share.sharedWith === 'instrument'
              ? may.instruments.some(({ id }) => id === share.instrumentId)
              : share.sharedWith !== 'person' && may.facility),
        }))
    );
  };

  async function detailOf(
    ctx: ServiceContext,
    version: TemplateRow,
    own: OwnTemplateRow | null,
  ): Promise<TemplateDetail> {
    const personId = actingPerson(ctx);
    const roles = own === null ? [] : (await requireOwnTemplate(db, ctx, own.slug, 'template.view')).roles;
    const isPerson = ctx.principal.kind === 'person';
    const instruments = own && isPerson ? await staffedInstruments(db, personId!) : [];
    const facility = isPerson && roles.includes('admin');
    return {
      ...itemOf(version, own, {
        ownerName: own && (await ownerName(db, own.ownerId)),
        isMine: own !== null && own.ownerId === personId,
      }),
      newestVersion: own?.version ?? version.version,
      metrics: templateMetricSchema.array().parse(version.metrics),
      ...{ outputs: version.outputs, requires: version.requires, missingSeenAt: version.missingSeenAt },
      network: await networkOf(db, ctx, version),
      ...{ timeLimitS: version.timeLimitS, memoryLimitBytes: version.memoryLimitBytes },
      content: await contentOf(db, version),
      versions: own === null ? [] : await versionsOf(db, version.slug),
      shares: own === null ? [] : await shareViews(ctx, own, { roles, instruments, facility }),
      mayEdit: isPerson && allows('template.edit', roles),
      mayArchive: isPerson && allows('template.archive', roles),
      mayShare: { people: isPerson && allows('template.edit', roles), instruments, facility },
    };
  }

  return {
    ...createTemplateSharing({ db }),
    ...createNetworkPermissions({ db }),

    /** The newest version of every template the caller sees, by name; archived ones only of those they may bring back. */
    async list(ctx: ServiceContext): Promise<TemplateItem[]> {
      const rows = await seenTemplates(db, viewerOf(ctx), { archived: true });
      return rows
        .filter(({ own, isOwner }) => own?.archivedAt == null || isOwner)
        .map(({ version, own, ownerName: name, isOwner }) =>
          itemOf(version, own, { ownerName: name, isMine: isOwner }),
        );
    },

    /** One version of a template, without `version` the newest. NOT_FOUND for what is not shared with the caller. */
    async get(
      ctx: ServiceContext,
      input: { slug: string; version?: number | null },
    ): Promise<TemplateDetail> {
      const seen = await seenTemplate(db, viewerOf(ctx), input.slug, null);
      if (!seen) throw noTemplate();
      const wanted = input.version ?? null;
      const version = wanted === null ? seen.version : await findVersion(db, input.slug, wanted);
      if (!version) throw new AppError('NOT_FOUND', `“${seen.version.name}” has no version ${wanted}.`);
      return detailOf(ctx, version, seen.own);
    },

    /** At which facilities the caller may make one. */
    async facilities(ctx: ServiceContext): Promise<{ code: string; name: string }[]> {
      const choices = await ownFacilities(db, requireMaker(ctx, 'template.edit'));
      return choices.map(({ code, name }) => ({ code, name }));
    },

    /** A new template of the caller's, at the facility named or the only one they have to do with. */
    async create(
      ctx: ServiceContext,
      input: { content: TemplateContent; note?: string; facility?: string },
    ): Promise<{ slug: string }> {
      const ownerId = requireMaker(ctx, 'template.edit');
      return db.transaction(async (tx) => {
        const choices = await ownFacilities(tx, ownerId);
        const fitting = choices.filter(({ code }) => input.facility === undefined || code === input.facility);
        const [facility] = fitting;
        if (!facility || fitting.length > 1) {
          const message =
            choices.length === 0
              ? 'A template belongs to a facility: you can make one once you are in an experiment, a project or a lab of one.'
              : `Say at which facility: ${choices.map(({ code }) => code).join(' or ')}.`;
          throw new AppError('BAD_INPUT', { message, details: { fields: { facility: message } } });
        }
        const own = { id: ctx.newId(), ownerId, facilityId: facility.id, slug: '' };
        for (let draw = 0; draw < SLUG_DRAWS; draw++) {
          own.slug = freshSlug(input.content.name, ctx.randomBytes(4));
          if (await insertTemplate(tx, { ...own, version: 1, createdAt: ctx.now() })) break;
          if (draw === SLUG_DRAWS - 1)
            throw new AppError('UNAVAILABLE', `No free name after ${SLUG_DRAWS} draws.`);
        }
        await writeVersion(tx, ctx, own, { version: 1, content: input.content, note: input.note ?? '' });
        await recordAudit(tx, ctx, {
          ...{ action: 'template.create', entityKind: 'template', entityId: own.id },
          detail: { slug: own.slug, facilityId: own.facilityId },
        });
        return { slug: own.slug };
      });
    },

    /**
     * Writes the next version. `version` is the one the editor saw: CONFLICT when somebody wrote another meanwhile. Jobs and triggers keep the
     * version they have.
     */
    async save(
      ctx: ServiceContext,
      input: { slug: string; version: number; content: TemplateContent; note?: string },
    ): Promise<{ version: number }> {
      return db.transaction(async (tx) => {
        const { own } = await requireOwnTemplate(tx, ctx, input.slug, 'template.edit');
        if (!(await raiseVersion(tx, own.id, input.version))) {
          throw new AppError(
            'CONFLICT',
            'Another version was saved meanwhile: open it, and make your changes there.',
          );
        }
        const version = input.version + 1;
        await writeVersion(tx, ctx, own, { version, content: input.content, note: input.note ?? '' });
        await recordAudit(tx, ctx, {
          ...{ action: 'template.change', entityKind: 'template', entityId: own.id },
          detail: { slug: own.slug, version },
        });
        return { version };
      });
    },

    /** Archived, nobody starts it any more; what runs, and what triggers start, goes on. ALREADY_DONE when it stands so. */
    async setArchived(ctx: ServiceContext, input: { slug: string; archived: boolean }): Promise<void> {
      await db.transaction(async (tx) => {
        const { own } = await requireOwnTemplate(tx, ctx, input.slug, 'template.archive');
        const isSo = (own.archivedAt !== null) === input.archived;
        if (isSo || !(await setArchivedAt(tx, own, input.archived ? ctx.now() : null))) {
          throw new AppError(
            'ALREADY_DONE',
            input.archived ? 'It is archived already.' : 'It is not archived.',
          );
        }
        await recordAudit(tx, ctx, {
          action: input.archived ? 'template.archive' : 'template.unarchive',
          ...{ entityKind: 'template', entityId: own.id, detail: { slug: own.slug } },
        });
        await announceTemplate(tx, ctx, own);
      });
    },

    /** Has a worker look again whether the machine has what the newest version needs. */
    async checkAgain(ctx: ServiceContext, input: { slug: string }): Promise<void> {
      const seen = await seenTemplate(db, viewerOf(ctx), input.slug, null);
      if (!seen) throw noTemplate();
      await db.transaction((tx) => enqueueCheck(tx, seen.version.id));
    },
  };
}

export type TemplatesService = ReturnType<typeof createTemplatesService>;
