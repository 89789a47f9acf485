'use client';
import { ChevronRight, Menu as MenuIcon, Search } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { Fragment } from 'react';
import { cn } from '#src/components/class-names.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Kbd } from '#src/components/ui/kbd.tsx';
import { LiveBadge } from './live-badge.tsx';
import { type Crumb, crumbsOf } from './navigation.ts';
import { NotificationBell } from './notification-bell.tsx';
import { usePageLabelStore, withLastLabel } from './page-label.ts';
import { ProfileMenu } from './profile-menu.tsx';
import { useInstruments } from './use-instruments.ts';

function Crumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <nav aria-label="Where you are" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1 text-sm">
        {crumbs.map((crumb, index) => {
          const last = index === crumbs.length - 1;
          return (
            <Fragment key={crumb.href}>
              {index > 0 && (
                <ChevronRight className="size-3.5 shrink-0 text-ink-faint max-sm:hidden" aria-hidden />
              )}
              <li
                className={cn(
                  'min-w-0 truncate',
                  last ? 'font-medium' : 'shrink-0 text-ink-soft max-sm:hidden',
                )}
              >
                {last ? (
                  <span aria-current="page">{crumb.label}</span>
                ) : (
                  <Link href={crumb.href} className="hover:text-ink hover:underline">
                    {crumb.label}
                  </Link>
                )}
              </li>
            </Fragment>
          );
        })}
      </ol>
    </nav>
  );
}

export function TopBar({
  onMenu,
  onSearch,
  onShowKeys,
}: {
  onMenu: () => void;
  onSearch: () => void;
  onShowKeys: () => void;
}) {
  const instruments = useInstruments();
  const label = usePageLabelStore((state) => state.label);
  const crumbs = withLastLabel(crumbsOf(usePathname(), instruments), label);
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface pr-2 pl-2 lg:pl-4">
      <Button look="quiet" size="icon" className="lg:hidden" aria-label="Menu" onClick={onMenu}>
        <MenuIcon aria-hidden />
      </Button>
      <Crumbs crumbs={crumbs} />
      <div className="ml-auto flex items-center gap-2">
        <LiveBadge />
        <Button
          onClick={onSearch}
          className="w-44 justify-start text-ink-faint max-md:hidden"
          aria-keyshortcuts="Control+K Meta+K"
        >
          <Search aria-hidden />
          <span>
            Search<span className="sr-only"> and commands</span>
          </span>
          <span aria-hidden className="ml-auto">
            <Kbd keys="Mod+k" />
          </span>
        </Button>
        <Button
          look="quiet"
          size="icon"
          className="md:hidden"
          aria-label="Search and commands"
          onClick={onSearch}
        >
          <Search aria-hidden />
        </Button>
        <NotificationBell />
        <ProfileMenu onShowKeys={onShowKeys} />
      </div>
    </header>
  );
}
