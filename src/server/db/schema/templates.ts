import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, instant } from './columns.ts';
import { instrument } from './experiments.ts';
import { facility, person } from './people.ts';

export const SHARED_WITH = ['person', 'instrument', 'facility', 'everyone'] as const;

/** A template that somebody made. Its versions are rows of `job_template`. */
export const template = pgTable(
  'template',
  {
    id: id(),
    facilityId: uuid('facility_id')
      .notNull()
      .references(() => facility.id),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => person.id),
    /** In addresses and folders of results; given once, one of its kind in the installation. */
    slug: text('slug').notNull().unique(),
    /** Of the newest version; counts up with every change, so that a second editor is told. */
    version: integer('version').notNull(),
    /** Nobody starts it any more; jobs and triggers keep their versions. */
    archivedAt: instant('archived_at'),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('template_owner').on(t.ownerId), index('template_facility').on(t.facilityId)],
);

/** Who may use a template besides its owner. */
export const templateShare = pgTable(
  'template_share',
  {
    id: id(),
    templateId: uuid('template_id')
      .notNull()
      .references(() => template.id),
    sharedWith: text('shared_with', { enum: SHARED_WITH }).notNull(),
    /** The one it is shared with, by its kind; of `everyone` none. */
    personId: uuid('person_id').references(() => person.id),
    instrumentId: uuid('instrument_id').references(() => instrument.id),
    facilityId: uuid('facility_id').references(() => facility.id),
    sharedBy: uuid('shared_by').references(() => person.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('template_share_person').on(t.personId, t.templateId).where(sql`${t.personId} is not null`),
    uniqueIndex('template_share_instrument')
      .on(t.instrumentId, t.templateId)
      .where(sql`${t.instrumentId} is not null`),
    uniqueIndex('template_share_facility')
      .on(t.facilityId, t.templateId)
      .where(sql`${t.facilityId} is not null`),
    uniqueIndex('template_share_everyone').on(t.templateId).where(sql`${t.sharedWith} = 'everyone'`),
    check(
      'template_share_one',
      sql`(${t.personId} is not null) = (${t.sharedWith} = 'person')
        and (${t.instrumentId} is not null) = (${t.sharedWith} = 'instrument')
        and (${t.facilityId} is not null) = (${t.sharedWith} = 'facility')`,
    ),
  ],
);
