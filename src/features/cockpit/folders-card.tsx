'use client';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import type { CockpitView } from '#src/server/domain/instruments/cockpit.service.ts';
import { FOLDERS_ID } from './alarms-strip.tsx';
import type { Moment } from './connection.ts';
import { PoisonList } from './poison-list.tsx';
import { WatchedFolders } from './watched-folders.tsx';

/** The folders that agents watch, and the files of them that need a person. Not there where no folder is watched. */
export function FoldersCard({
  view,
  moment,
  refresh,
}: {
  view: CockpitView;
  moment: Moment;
  refresh: () => void;
}) {
  const told = view.agents.flatMap(({ status, ...agent }) =>
    status && (status.folders.length > 0 || status.poisonedTotal > 0) ? [{ agent, status }] : [],
  );
  if (told.length === 0) return null;
  return (
    <Card id={FOLDERS_ID} aria-label="Folders and files" className="scroll-mt-4">
      <CardHeader title="Watched folders" />
      <div className="divide-y">
        {told.map(({ agent, status }) => (
          <section key={agent.id} aria-label={`Folders and files of ${agent.name}`}>
            {view.agents.length > 1 && <h3 className="px-3 pt-2 font-semibold text-sm">{agent.name}</h3>}
            <PoisonList
              agent={agent}
              poisoned={status.poisoned}
              total={status.poisonedTotal}
              moment={moment}
              refresh={refresh}
            />
            <WatchedFolders agent={agent} folders={status.folders} moment={moment} refresh={refresh} />
          </section>
        ))}
      </div>
    </Card>
  );
}
