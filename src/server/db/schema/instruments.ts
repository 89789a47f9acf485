import {
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { StreamRule } from '../../../shared/model/stream-fields.ts';
import { id, instant } from './columns.ts';
import { instrument } from './experiments.ts';
import { person } from './people.ts';

/**
 * A detector that was seen at an instrument: by the name its agent gives it and its serial number, as the starts of its series (or the headers
 * of its files) told them last. What a source did not say is null; of a detector that tells no serial number it is empty.
 */
export const detector = pgTable(
  'detector',
  {
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    name: text('name').notNull(),
    serialNumber: text('serial_number').notNull(),
    description: text('description'),
    imageSizeXPx: integer('image_size_x_px').notNull(),
    imageSizeYPx: integer('image_size_y_px').notNull(),
    pixelSizeXM: doublePrecision('pixel_size_x_m'),
    pixelSizeYM: doublePrecision('pixel_size_y_m'),
    sensorMaterial: text('sensor_material'),
    sensorThicknessM: doublePrecision('sensor_thickness_m'),
    firstSeenAt: instant('first_seen_at').notNull(),
    /** Start of its newest series, on the server's clock. */
    lastSeenAt: instant('last_seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.instrumentId, t.name, t.serialNumber] })],
);

/** Lets a screen on a wall show the wall display of an instrument without anybody signed in; of its key only the hash is kept. */
export const displayLink = pgTable(
  'display_link',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    /** Where the screen hangs. */
    name: text('name').notNull(),
    /** SHA-256 of 256 random bits, hex. */
    keyHash: text('key_hash').notNull().unique(),
    createdAt: instant('created_at').notNull(),
    createdBy: uuid('created_by').references(() => person.id),
    lastUsedAt: instant('last_used_at'),
    revokedAt: instant('revoked_at'),
    revokedBy: uuid('revoked_by').references(() => person.id),
  },
  (t) => [index('display_link_instrument').on(t.instrumentId, t.createdAt)],
);

/** What keys of the streams' user data fill which fields of an acquisition: the newest row whose `since` is not after its start counts. */
export const streamMapping = pgTable(
  'stream_mapping',
  {
    id: id(),
    instrumentId: uuid('instrument_id')
      .notNull()
      .references(() => instrument.id),
    rules: jsonb('rules').$type<StreamRule[]>().notNull(),
    since: instant('since').notNull(),
    createdBy: uuid('created_by').references(() => person.id),
  },
  (t) => [uniqueIndex('stream_mapping_since').on(t.instrumentId, t.since)],
);
