'use client';
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from '../class-names.ts';
import { Button } from './button.tsx';

export const Dialog = Radix.Root;
export const DialogTrigger = Radix.Trigger;
export const DialogClose = Radix.Close;

const OVERLAY = 'fixed inset-0 z-40 bg-black/55 backdrop-blur-[1px] data-[state=open]:animate-appear';

function CloseButton() {
  return (
    <Radix.Close asChild>
      <Button look="quiet" size="icon-sm" className="absolute top-2.5 right-2.5" aria-label="Close">
        <X aria-hidden />
      </Button>
    </Radix.Close>
  );
}

interface ContentProps extends Omit<ComponentProps<typeof Radix.Content>, 'title'> {
  title: ReactNode;
  /** Read out with the title; leave it out when the title says it all. */
  description?: ReactNode;
}

export function DialogContent({ title, description, className, children, ...rest }: ContentProps) {
  return (
    <Radix.Portal>
      <Radix.Overlay className={OVERLAY} />
      <Radix.Content
        className={cn(
          'fixed top-1/2 left-1/2 z-50 grid grid-cols-1 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 gap-3 overflow-y-auto rounded-xl border bg-raised p-4 shadow-2xl data-[state=open]:animate-appear',
          className,
        )}
        {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        {...rest}
      >
        <div className="grid gap-1 pr-8">
          <Radix.Title className="font-semibold text-lg leading-6">{title}</Radix.Title>
          {description !== undefined && (
            <Radix.Description className="text-ink-soft text-sm">{description}</Radix.Description>
          )}
        </div>
        {children}
        <CloseButton />
      </Radix.Content>
    </Radix.Portal>
  );
}

export function DialogFooter({ className, ...rest }: ComponentProps<'div'>) {
  return <div className={cn('mt-1 flex flex-wrap justify-end gap-2', className)} {...rest} />;
}

/** The foot of a dialog with a form: Cancel, and the button that submits it, with its label as children. */
export function SubmitFooter({
  busy,
  disabled,
  look = 'primary',
  children,
}: {
  busy?: boolean;
  disabled?: boolean;
  look?: 'primary' | 'danger';
  children: ReactNode;
}) {
  return (
    <DialogFooter>
      <DialogClose asChild>
        <Button look="quiet">Cancel</Button>
      </DialogClose>
      <Button type="submit" look={look} busy={busy} disabled={disabled}>
        {children}
      </Button>
    </DialogFooter>
  );
}

/** A panel from an edge of the screen: navigation on a phone, details beside a list. */
export function SheetContent({
  title,
  side = 'right',
  className,
  children,
  titleHidden,
  ...rest
}: ContentProps & {
  side?: 'left' | 'right' | 'bottom';
  titleHidden?: boolean;
}) {
  const place = {
    left: 'inset-y-0 left-0 w-72 max-w-[85vw] border-r',
    right: 'inset-y-0 right-0 w-96 max-w-[92vw] border-l',
    bottom: 'inset-x-0 bottom-0 max-h-[85dvh] rounded-t-xl border-t',
  }[side];
  return (
    <Radix.Portal>
      <Radix.Overlay className={OVERLAY} />
      <Radix.Content
        aria-describedby={undefined}
        className={cn(
          'fixed z-50 flex flex-col overflow-y-auto bg-raised shadow-2xl data-[state=open]:animate-appear',
          place,
          className,
        )}
        {...rest}
      >
        <Radix.Title className={titleHidden ? 'sr-only' : 'border-b px-4 py-3 font-semibold text-base'}>
          {title}
        </Radix.Title>
        {children}
        <CloseButton />
      </Radix.Content>
    </Radix.Portal>
  );
}
