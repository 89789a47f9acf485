'use client';
import { Popover as Radix } from 'radix-ui';
import type { ComponentProps } from 'react';
import { cn } from '../class-names.ts';

export const Popover = Radix.Root;
export const PopoverTrigger = Radix.Trigger;

/** A small panel at a control, for more than a menu's items. Closes by Escape and by a click beside it. */
export function PopoverContent({ className, sideOffset = 6, ...rest }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        sideOffset={sideOffset}
        collisionPadding={8}
        className={cn(
          'z-40 rounded-lg border bg-raised shadow-xl outline-none data-[state=open]:animate-appear',
          className,
        )}
        {...rest}
      />
    </Radix.Portal>
  );
}
