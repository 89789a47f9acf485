'use client';
import { useQuery } from '@tanstack/react-query';
import { Command } from 'cmdk';
import { CircleUser, FlaskConical, Keyboard, LogOut, type LucideIcon, Moon, Search, Sun } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { applyTheme } from '#src/components/theme.ts';
import { Kbd } from '#src/components/ui/kbd.tsx';
import { useTRPC } from './api-client.tsx';
import { navigationFor } from './navigation.ts';
import { useProfile } from './profile.tsx';
import { useInstruments } from './use-instruments.ts';
import { useSignOut } from './use-sign-out.ts';

function Entry({
  icon: Icon,
  value,
  keywords,
  onSelect,
  keys,
  note,
  children,
}: {
  icon: LucideIcon;
  /** Stays the same while it is shown: what is chosen is known by it. */
  value: string;
  /** Also found by these. */
  keywords?: string[];
  onSelect: () => void;
  keys?: string | undefined;
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      keywords={keywords}
      onSelect={onSelect}
      className="flex h-9 items-center gap-2.5 rounded-md px-2.5 text-sm aria-selected:bg-hover"
    >
      <Icon className="size-4 shrink-0 text-ink-faint" aria-hidden />
      <span className="min-w-0 truncate">{children}</span>
      {note !== undefined && (
        <span className="ml-auto shrink-0 font-mono text-ink-faint text-xs">{note}</span>
      )}
      {keys !== undefined && <Kbd keys={keys} className="ml-auto shrink-0" />}
    </Command.Item>
  );
}

const GROUP =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-ink-faint';

/** Experiments by code or title, searched on the server, since nobody's browser holds all of them. */
function FoundExperiments({ search, go }: { search: string; go: (href: string) => void }) {
  const trpc = useTRPC();
  const text = useDeferredValue(search.trim());
  const found = useQuery(
    trpc.experiments.list.queryOptions(
      { limit: 8, ...(text === '' ? {} : { search: text }) },
      { placeholderData: (previous) => previous },
    ),
  );
  const items = found.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Command.Group heading={text === '' ? 'Newest experiments' : 'Experiments'} className={GROUP}>
      {items.map((item) => (
        // Found by whatever was searched for, so that the palette's own filter keeps what the server found.
        <Entry
          key={item.id}
          icon={FlaskConical}
          value={`${item.code} ${item.title}`}
          keywords={[text]}
          note={item.code}
          onSelect={() => go(`/experiments/${item.code}`)}
        >
          {item.title}
        </Entry>
      ))}
    </Command.Group>
  );
}

function PaletteBody({ close, onShowKeys }: { close: () => void; onShowKeys: () => void }) {
  const router = useRouter();
  const instruments = useInstruments();
  const { isAdmin } = useProfile();
  const signOut = useSignOut();
  const [search, setSearch] = useState('');
  const go = (href: string) => {
    close();
    router.push(href);
  };
  const act = (run: () => void) => () => {
    close();
    run();
  };
  return (
    <Command label="Go anywhere, do anything" loop>
      <div className="flex items-center gap-2 border-b px-3">
        <Search className="size-4 shrink-0 text-ink-faint" aria-hidden />
        <Command.Input
          value={search}
          onValueChange={setSearch}
          placeholder="Page, experiment code or title, action"
          className="h-11 w-full bg-transparent text-base outline-none placeholder:text-ink-faint"
        />
      </div>
      <Command.List className="max-h-[min(60dvh,24rem)] overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-6 text-center text-ink-soft text-sm">
          Nothing is called that.
        </Command.Empty>
        <Command.Group heading="Pages" className={GROUP}>
          {navigationFor(instruments, isAdmin).flatMap((section) =>
            section.links.map((link) => (
              <Entry
                key={link.href}
                icon={link.icon}
                value={`${section.title} ${link.label}`}
                keys={link.keys}
                onSelect={() => go(link.href)}
              >
                {link.label}
              </Entry>
            )),
          )}
          <Entry icon={CircleUser} value="Account and sessions" onSelect={() => go('/account')}>
            Account and sessions
          </Entry>
        </Command.Group>
        <FoundExperiments search={search} go={go} />
        <Command.Group heading="Actions" className={GROUP}>
          <Entry icon={Keyboard} value="Keys of this page" keys="?" onSelect={act(onShowKeys)}>
            Keys of this page
          </Entry>
          <Entry icon={Moon} value="Dark appearance theme night" onSelect={act(() => applyTheme('dark'))}>
            Dark appearance
          </Entry>
          <Entry icon={Sun} value="Light appearance theme day" onSelect={act(() => applyTheme('light'))}>
            Light appearance
          </Entry>
          <Entry icon={LogOut} value="Sign out" onSelect={act(() => void signOut())}>
            Sign out
          </Entry>
        </Command.Group>
      </Command.List>
    </Command>
  );
}

export function CommandPalette({
  open,
  onOpenChange,
  onShowKeys,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onShowKeys: () => void;
}) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/55" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border bg-raised shadow-2xl data-[state=open]:animate-appear"
        >
          <Radix.Title className="sr-only">Command palette</Radix.Title>
          <PaletteBody close={() => onOpenChange(false)} onShowKeys={onShowKeys} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
