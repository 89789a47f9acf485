import { desc, eq, sql } from 'drizzle-orm';
import type { Geometry } from '../../../shared/contracts/geometry.ts';
import type { Queryable, Transaction } from '../../db/client.ts';
import { detector } from '../../db/schema/index.ts';

export interface SeenDetector {
  instrumentId: string;
  name: string;
  /** Empty where the detector told none. */
  serialNumber: string;
  geometry: Geometry;
  /** Start of the series it was seen by, on the server's clock. */
  at: Date;
}

/** What a series does not say stays as an earlier one said it; one told late changes nothing of the newer. */
export async function upsertDetector(tx: Transaction, seen: SeenDetector): Promise<void> {
  const { geometry } = seen;
  const told = {
    description: geometry.detectorDescription ?? null,
    imageSizeXPx: geometry.imageSizeXPx,
    imageSizeYPx: geometry.imageSizeYPx,
    pixelSizeXM: geometry.pixelSizeXM ?? null,
    pixelSizeYM: geometry.pixelSizeYM ?? null,
    sensorMaterial: geometry.sensorMaterial ?? null,
    sensorThicknessM: geometry.sensorThicknessM ?? null,
  };
  const newer = sql`excluded.last_seen_at >= ${detector.lastSeenAt}`;
  const kept = (column: string) => sql.raw(`coalesce(excluded.${column}, detector.${column})`);
  await tx
    .insert(detector)
    .values({
      ...{ instrumentId: seen.instrumentId, name: seen.name, serialNumber: seen.serialNumber, ...told },
      ...{ firstSeenAt: seen.at, lastSeenAt: seen.at },
    })
    .onConflictDoUpdate({
      target: [detector.instrumentId, detector.name, detector.serialNumber],
      set: {
        description: kept('description'),
        imageSizeXPx: sql`excluded.image_size_x_px`,
        imageSizeYPx: sql`excluded.image_size_y_px`,
        pixelSizeXM: kept('pixel_size_x_m'),
        pixelSizeYM: kept('pixel_size_y_m'),
        sensorMaterial: kept('sensor_material'),
        sensorThicknessM: kept('sensor_thickness_m'),
        lastSeenAt: sql`excluded.last_seen_at`,
      },
      setWhere: newer,
    });
}

/** The detectors seen at an instrument, those seen last first. */
export async function listDetectors(q: Queryable, instrumentId: string, limit: number) {
  return q
    .select()
    .from(detector)
    .where(eq(detector.instrumentId, instrumentId))
    .orderBy(desc(detector.lastSeenAt))
    .limit(limit);
}
export type DetectorRow = Awaited<ReturnType<typeof listDetectors>>[number];
