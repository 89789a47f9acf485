import type { ContainerRow, InstrumentRow } from './access.repository.ts';
import type { ExperimentView } from './experiment.types.ts';

export function toView(
  row: ContainerRow,
  instrument: Pick<InstrumentRow, 'id' | 'slug' | 'name'>,
  activeSince: Date | null,
  roles: ExperimentView['roles'],
): ExperimentView {
  return {
    id: row.id,
    code: row.code,
    title: row.title,
    keywords: row.keywords,
    state: row.state,
    piName: row.piName,
    proprietary: row.proprietary,
    plannedStart: row.plannedStart,
    plannedEnd: row.plannedEnd,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    processingUntil: row.processingUntil,
    createdAt: row.createdAt,
    upload: {
      enabled: row.uploadEnabled,
      since: row.uploadSince ?? row.createdAt,
      held: row.uploadHeld,
    },
    activeSince,
    instrument: { id: instrument.id, slug: instrument.slug, name: instrument.name },
    roles,
  };
}
