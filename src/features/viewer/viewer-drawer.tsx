'use client';

import { X } from 'lucide-react';
import { useStore } from 'zustand';
import { Button } from '#src/components/ui/button.tsx';
import { Tabs, TabsContent, TabsList, TabsTrigger } from '#src/components/ui/tabs.tsx';
import type { FrameIndex } from '#src/server/domain/datasets/datasets.service.ts';
import { ContrastPanel } from './contrast-panel.tsx';
import type { DetectorPlane } from './detector-plane.ts';
import { GeometryPanel } from './geometry-panel.tsx';
import { HeaderPanel } from './header-panel.tsx';
import { MeasurePanel } from './measure-panel.tsx';
import type { MeasuredFrame } from './measured-frame.ts';
import { SpotsPanel } from './spots-panel.tsx';
import type { DisplayedFrame } from './use-displayed-frame.ts';
import type { ShownSpots } from './use-frame-spots.ts';
import { DRAWER_TABS, type DrawerTab, type ViewerStore } from './viewer-store.ts';

interface ViewerDrawerProps {
  store: ViewerStore;
  index: FrameIndex;
  userData: unknown;
  displayed: DisplayedFrame;
  measured: MeasuredFrame | null;
  plane: DetectorPlane | null;
  spots: ShownSpots;
  shape: readonly [number, number];
  range: { low: number; high: number };
}

const TITLES: Record<DrawerTab, string> = {
  contrast: 'Contrast',
  spots: 'Spots',
  geometry: 'Geometry',
  measure: 'Measure',
  header: 'Header',
};

/** At the right of the image; on a phone below it. */
export function ViewerDrawer(props: ViewerDrawerProps) {
  const { store, index, userData, displayed, measured, plane, spots, shape, range } = props;
  const drawer = useStore(store, (state) => state.drawer);
  if (drawer === null) return null;
  return (
    <aside
      aria-label="Viewer tools"
      className="flex min-h-0 flex-col bg-surface max-sm:h-3/5 max-sm:flex-none max-sm:border-t sm:w-86 sm:shrink-0 sm:border-l"
    >
      <Tabs
        value={drawer}
        onValueChange={(next) => store.setState({ drawer: DRAWER_TABS.find((tab) => tab === next) ?? null })}
        className="flex min-h-0 flex-1 flex-col"
      >
        <div className="flex items-center border-b pr-1">
          <TabsList className="flex-1 gap-0 border-b-0">
            {DRAWER_TABS.map((tab) => (
              <TabsTrigger key={tab} value={tab} className="px-1.5">
                {TITLES[tab]}
              </TabsTrigger>
            ))}
          </TabsList>
          <Button
            look="quiet"
            size="icon-sm"
            title="Close (d)"
            aria-label="Close the drawer"
            onClick={() => store.setState({ drawer: null })}
          >
            <X aria-hidden />
          </Button>
        </div>
        {DRAWER_TABS.map((tab) => (
          <TabsContent key={tab} value={tab} className="min-h-0 flex-1 overflow-y-auto">
            {tab === 'contrast' && (
              <ContrastPanel
                store={store}
                measured={measured}
                statistics={displayed.frame?.statistics ?? null}
                range={range}
                hasMask={displayed.mask !== null}
              />
            )}
            {tab === 'spots' && <SpotsPanel store={store} shown={spots} />}
            {tab === 'geometry' && (
              <GeometryPanel
                store={store}
                datasetId={index.datasetId}
                geometry={index.geometry}
                plane={plane}
                shape={shape}
              />
            )}
            {tab === 'measure' && <MeasurePanel store={store} measured={measured} plane={plane} />}
            {tab === 'header' && <HeaderPanel index={index} userData={userData} />}
          </TabsContent>
        ))}
      </Tabs>
    </aside>
  );
}
