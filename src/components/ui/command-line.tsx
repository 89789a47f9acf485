'use client';
import { CopyButton } from './copy-button.tsx';
import { ScrollBox } from './scroll-box.tsx';

/** A command for a shell, to be copied as a whole. */
export function CommandLine({ children }: { children: string }) {
  return (
    <div className="flex max-w-full items-center gap-1 rounded-md border bg-sunken py-1 pr-1 pl-2.5">
      <ScrollBox as="code" className="min-w-0 flex-1 overflow-x-auto whitespace-nowrap text-xs">
        {children}
      </ScrollBox>
      <CopyButton text={children} what="the command" />
    </div>
  );
}
