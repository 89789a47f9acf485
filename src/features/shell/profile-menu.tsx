'use client';
import { CircleUser, Keyboard, LogOut, Mail } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { applyTheme, currentTheme, THEMES, type Theme } from '#src/components/theme.ts';
import { Button } from '#src/components/ui/button.tsx';
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from '#src/components/ui/dropdown-menu.tsx';
import { useProfile } from './profile.tsx';
import { useSignOut } from './use-sign-out.ts';

const THEME_LABELS: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' };

const initialsOf = (name: string) =>
  name
    .split(/\s+/)
    .map((word) => word[0] ?? '')
    .filter(Boolean)
    .filter((_, index, all) => index === 0 || index === all.length - 1)
    .join('')
    .toUpperCase();

export function ProfileMenu({ onShowKeys }: { onShowKeys: () => void }) {
  const { name, email, seesMails } = useProfile();
  const [theme, setTheme] = useState<Theme>('system');
  const signOut = useSignOut();
  const choose = (chosen: string) => {
    const known = THEMES.find((candidate) => candidate === chosen) ?? 'system';
    applyTheme(known);
    setTheme(known);
  };
  return (
    <Menu onOpenChange={(open) => open && setTheme(currentTheme())}>
      <MenuTrigger asChild>
        <Button
          look="quiet"
          size="icon"
          className="rounded-full"
          aria-label={`${name}: account and appearance`}
        >
          {/* Initials as decoration: they are not part of the button's name. */}
          <span
            aria-hidden
            data-initials={initialsOf(name)}
            className="grid size-7 place-items-center rounded-full bg-accent/15 font-semibold text-2xs text-accent before:content-[attr(data-initials)]"
          />
        </Button>
      </MenuTrigger>
      <MenuContent align="end" className="w-60">
        <div className="px-2 py-1.5">
          <div className="truncate font-medium text-sm">{name}</div>
          <div className="truncate text-ink-faint text-xs">{email}</div>
        </div>
        <MenuSeparator />
        <MenuItem asChild>
          <Link href="/account">
            <CircleUser aria-hidden /> Account and sessions
          </Link>
        </MenuItem>
        {seesMails && (
          <MenuItem asChild>
            <Link href="/mails">
              <Mail aria-hidden /> Mails
            </Link>
          </MenuItem>
        )}
        <MenuItem onSelect={onShowKeys}>
          <Keyboard aria-hidden /> Keys of this page
        </MenuItem>
        <MenuSeparator />
        <MenuLabel>Appearance</MenuLabel>
        <MenuRadioGroup value={theme} onValueChange={choose}>
          {THEMES.map((option) => (
            <MenuRadioItem key={option} value={option} onSelect={(event) => event.preventDefault()}>
              {THEME_LABELS[option]}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
        <MenuSeparator />
        <MenuItem onSelect={() => void signOut()}>
          <LogOut aria-hidden /> Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
