'use client';
import { useRouter } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { FacilityZoneProvider } from '#src/components/facility-zone.tsx';
import { Dialog, SheetContent } from '#src/components/ui/dialog.tsx';
import { Toaster } from '#src/components/ui/toast.tsx';
import { TooltipProvider } from '#src/components/ui/tooltip.tsx';
import { CommandPalette } from './command-palette.tsx';
import { useKeyListener, useKeys } from './keys.tsx';
import { KeysDialog } from './keys-dialog.tsx';
import { LiveProvider } from './live.tsx';
import { navigationFor } from './navigation.ts';
import { type Profile, ProfileProvider, useProfile } from './profile.tsx';
import { SideNavigation } from './side-navigation.tsx';
import { TopBar } from './top-bar.tsx';
import { useInstrumentNews, useInstruments } from './use-instruments.ts';

type Overlay = 'palette' | 'keys' | 'menu' | null;

function Frame({ children }: { children: ReactNode }) {
  const router = useRouter();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const show = (which: Exclude<Overlay, null>) => (open: boolean) => setOverlay(open ? which : null);
  const { isAdmin } = useProfile();
  const links = navigationFor(useInstruments(), isAdmin).flatMap((section) => section.links);
  useInstrumentNews();
  useKeyListener();
  useKeys('Everywhere', [
    { keys: 'Mod+k', does: 'search and commands', whileTyping: true, run: () => setOverlay('palette') },
    { keys: '?', does: 'keys of this page', run: () => setOverlay('keys') },
    ...links.flatMap((link) =>
      link.keys ? [{ keys: link.keys, does: `go to ${link.label}`, run: () => router.push(link.href) }] : [],
    ),
  ]);
  return (
    <div className="flex h-dvh">
      <a
        href="#content"
        className="sr-only z-50 rounded-md bg-raised px-3 py-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <aside className="flex w-56 shrink-0 flex-col border-r bg-surface max-lg:hidden">
        <SideNavigation />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar
          onMenu={() => setOverlay('menu')}
          onSearch={() => setOverlay('palette')}
          onShowKeys={() => setOverlay('keys')}
        />
        <main id="content" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
          {children}
        </main>
      </div>
      <Dialog open={overlay === 'menu'} onOpenChange={show('menu')}>
        <SheetContent side="left" title="Menu" titleHidden>
          <SideNavigation onGo={() => setOverlay(null)} />
        </SheetContent>
      </Dialog>
      <CommandPalette
        open={overlay === 'palette'}
        onOpenChange={show('palette')}
        onShowKeys={() => setOverlay('keys')}
      />
      <KeysDialog open={overlay === 'keys'} onOpenChange={show('keys')} />
      <Toaster />
    </div>
  );
}

/**
 * What surrounds every page behind the sign-in: navigation, header, palette, keys, live connection, toasts. `main` scrolls
 * and has a definite height, so a page may fill the screen with `h-full`.
 */
export function AppShell({ profile, children }: { profile: Profile; children: ReactNode }) {
  return (
    <ProfileProvider profile={profile}>
      <FacilityZoneProvider timeZone={profile.facility?.timeZone ?? 'UTC'}>
        <TooltipProvider delayDuration={400}>
          <LiveProvider>
            <Frame>{children}</Frame>
          </LiveProvider>
        </TooltipProvider>
      </FacilityZoneProvider>
    </ProfileProvider>
  );
}
