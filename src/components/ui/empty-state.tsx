import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ApiRequest } from '#src/shared/model/api-commands.ts';
import { ApiCommand } from '../api-command.tsx';
import { cn } from '../class-names.ts';
import { CommandLine } from './command-line.tsx';

/** Teaches: what belongs here, the one button, the one command that does it from a shell or a script. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  command,
  request,
  className,
}: {
  icon?: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  command?: string;
  /** The same as a request of the API. */
  request?: ApiRequest | undefined;
  className?: string;
}) {
  return (
    <div className={cn('mx-auto grid max-w-md justify-items-center gap-2 px-4 py-10 text-center', className)}>
      {Icon && <Icon className="mb-1 size-7 text-ink-faint" strokeWidth={1.5} aria-hidden />}
      <p className="font-semibold text-base">{title}</p>
      {children !== undefined && <div className="text-ink-soft text-sm">{children}</div>}
      {action !== undefined && <div className="mt-2">{action}</div>}
      {command !== undefined && (
        <div className="mt-2 max-w-full">
          <CommandLine>{command}</CommandLine>
        </div>
      )}
      {request !== undefined && (
        <div className="mt-2 grid max-w-full gap-1">
          <p className="text-ink-faint text-xs">Or from a script, with an access token:</p>
          <ApiCommand request={request} />
        </div>
      )}
    </div>
  );
}
