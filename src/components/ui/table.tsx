import type { ComponentProps } from 'react';
import { cn } from '../class-names.ts';

/** Plain table for up to a few hundred rows; longer lists are `VirtualList`. Heads stick to the scrolling box around it. */
export function Table({ className, ...rest }: ComponentProps<'table'>) {
  return <table className={cn('w-full border-collapse text-left text-sm', className)} {...rest} />;
}

export function Th({ className, ...rest }: ComponentProps<'th'>) {
  return (
    <th
      scope="col"
      className={cn(
        'sticky top-0 z-10 h-8 whitespace-nowrap border-b bg-surface px-3 font-medium text-ink-faint text-xs',
        className,
      )}
      {...rest}
    />
  );
}

export function Td({ className, ...rest }: ComponentProps<'td'>) {
  return <td className={cn('h-9 border-b px-3 align-middle', className)} {...rest} />;
}

export function Tr({ className, ...rest }: ComponentProps<'tr'>) {
  return <tr className={cn('hover:bg-hover data-[selected=true]:bg-accent/10', className)} {...rest} />;
}
