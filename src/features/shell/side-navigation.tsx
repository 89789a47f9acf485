'use client';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { cn } from '#src/components/class-names.ts';
import { Wordmark } from '#src/components/logo.tsx';
import { currentHref, navigationFor } from './navigation.ts';
import { useProfile } from './profile.tsx';
import { useInstruments } from './use-instruments.ts';

/** The left navigation, also inside the drawer of small screens; `onGo` closes that. */
export function SideNavigation({ onGo }: { onGo?: () => void }) {
  const profile = useProfile();
  const path = usePathname();
  const sections = navigationFor(useInstruments(), profile.isAdmin);
  const current = currentHref(path, sections);
  return (
    <>
      <Link
        href="/"
        onClick={onGo}
        className="flex h-12 shrink-0 items-center px-4"
        aria-label="Beamdeck, home"
      >
        <Wordmark />
      </Link>
      <nav aria-label="Main" className="grid content-start gap-4 overflow-y-auto px-2 py-2">
        {sections.map((section) => (
          <section key={section.title}>
            <h2 className="px-2 pb-1 font-medium text-2xs text-ink-faint uppercase tracking-wider">
              {section.title}
            </h2>
            <ul className="grid gap-px">
              {section.links.map((link) => (
                <li key={link.href}>
                  <Link
                    href={link.href}
                    onClick={onGo}
                    aria-current={current === link.href ? 'page' : undefined}
                    className={cn(
                      'flex h-8 items-center gap-2.5 rounded-md px-2 text-ink-soft text-sm hover:bg-hover hover:text-ink',
                      current === link.href && 'bg-accent/10 font-medium text-ink',
                    )}
                  >
                    <link.icon
                      className={cn('size-4 shrink-0 text-ink-faint', current === link.href && 'text-accent')}
                      aria-hidden
                    />
                    <span className="truncate">{link.label}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
      {profile.facility && (
        <p
          className="mt-auto truncate px-4 py-3 text-2xs text-ink-faint"
          title={`Times in ${profile.facility.timeZone}`}
        >
          {profile.facility.name}
        </p>
      )}
    </>
  );
}
