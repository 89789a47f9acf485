'use client';
import Link from 'next/link';
import { Tabs as Radix } from 'radix-ui';
import { type ComponentProps, type ReactNode, useEffect, useRef } from 'react';
import { cn } from '../class-names.ts';

const LIST = 'flex gap-1 overflow-x-auto border-b';
const TAB =
  '-mb-px inline-flex h-9 shrink-0 items-center gap-1.5 whitespace-nowrap border-transparent border-b-2 px-2.5 font-medium text-ink-soft text-sm hover:text-ink focus-visible:outline-offset-[-2px]';
const CURRENT = 'border-accent text-ink';

export const Tabs = Radix.Root;
export const TabsContent = Radix.Content;

export function TabsList({ className, ...rest }: ComponentProps<typeof Radix.List>) {
  return <Radix.List className={cn(LIST, className)} {...rest} />;
}

export function TabsTrigger({ className, ...rest }: ComponentProps<typeof Radix.Trigger>) {
  return (
    <Radix.Trigger
      className={cn(TAB, 'data-[state=active]:border-accent data-[state=active]:text-ink', className)}
      {...rest}
    />
  );
}

/** Tabs that are addresses of their own, so that a link leads to one: the usual kind for pages. */
export function LinkTabs({
  label,
  tabs,
  current,
  className,
}: {
  label: string;
  tabs: readonly { key: string; href: string; label: ReactNode; note?: ReactNode }[];
  current: string;
  className?: string;
}) {
  const list = useRef<HTMLElement>(null);
  // On a phone the tabs are wider than the screen: the one that is open must be seen.
  useEffect(() => {
    const tab = list.current?.querySelector(`[data-tab="${current}"]`);
    tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav ref={list} aria-label={label} className={cn(LIST, className)}>
      {tabs.map((tab) => (
        <Link
          key={tab.key}
          href={tab.href}
          data-tab={tab.key}
          aria-current={tab.key === current ? 'page' : undefined}
          className={cn(TAB, tab.key === current && CURRENT)}
        >
          {tab.label}
          {tab.note !== undefined && <span className="text-ink-faint text-xs">{tab.note}</span>}
        </Link>
      ))}
    </nav>
  );
}
