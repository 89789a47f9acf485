import { bigint, customType, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Primary key: UUID v7 made by the context (`ctx.ids`), so that rows sort by creation. */
export const id = () => uuid('id').primaryKey();
/** Instants are timestamptz, in UTC, with microseconds. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
/** Sizes and counters are 64-bit; JavaScript numbers are exact up to 2^53. */
export const int64 = (name: string) => bigint(name, { mode: 'number' });

export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
});

/** A transaction of PostgreSQL, with its epoch: counts up for ever within one database cluster. */
export const xid8 = customType<{ data: string; driverData: string }>({ dataType: () => 'xid8' });
