import type { Announcement } from '../../../shared/model/acquisition-fields.ts';
import type { Queryable } from '../../db/client.ts';
import { knownByIds, type MeasuredRow, measuredBy, waitingBy } from './announced.repository.ts';

const given = (texts: readonly (string | undefined)[]) => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

type Rows = ReadonlyMap<string | null, readonly MeasuredRow[]>;
const named = (rows: Rows, text: string | undefined) => (text === undefined ? [] : (rows.get(text) ?? []));

/**
 * Which acquisition each announcement is about; null: a new one. By the id of the other program; else what waits for its series or name, since that was said
 * after the last data of that name had come; else the newest data of that series or, where none is given, name. What goes by another id, or waits for another
 * series, is another acquisition.
 */
export async function findKnown(
  q: Queryable,
  experimentId: string,
  said: readonly Announcement[],
): Promise<(MeasuredRow | null)[]> {
  const ids = given(said.map(({ id }) => id));
  const names = given(said.map(({ name }) => name));
  const series = given(said.map(({ seriesId }) => seriesId));
  const byId = new Map(
    (await knownByIds(q, experimentId, ids)).map((row) => [row.acquisition.externalId, row]),
  );
  const waiting = async (by: 'name' | 'series', wanted: readonly string[]): Promise<Rows> =>
    Map.groupBy(await waitingBy(q, experimentId, by, wanted), ({ acquisition }) =>
      by === 'name' ? acquisition.name : acquisition.seriesId,
    );
  /** The newest first. */
  const measured = async (by: 'name' | 'series', wanted: readonly string[]): Promise<Rows> =>
    Map.groupBy((await measuredBy(q, experimentId, by, wanted)).reverse(), ({ matched }) => matched);
  const [waitingSeries, waitingNames] = [await waiting('series', series), await waiting('name', names)];
  const [measuredSeries, measuredNames] = [await measured('series', series), await measured('name', names)];

  return said.map(({ id, name, seriesId }) => {
    const known = id === undefined ? undefined : byId.get(id);
    if (known) return known;
    const candidates = [
      ...named(waitingSeries, seriesId),
      ...named(waitingNames, name).filter(
        ({ acquisition }) => acquisition.seriesId === null || seriesId === undefined,
      ),
      ...named(measuredSeries, seriesId),
      ...(seriesId === undefined ? named(measuredNames, name) : []),
    ];
    const free = candidates.find(({ acquisition }) => acquisition.externalId === null);
    return free ?? (id === undefined ? candidates[0] : undefined) ?? null;
  });
}
