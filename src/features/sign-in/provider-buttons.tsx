import { KeyRound } from 'lucide-react';
import { Button } from '#src/components/ui/button.tsx';
import { providerPath } from './provider-words.ts';

export interface Provider {
  slot: string;
  name: string;
}

/** Leads to the providers through which people may sign in, as plain links: nothing of ours has to be alive for them. */
export function ProviderButtons({
  providers,
  to,
  verb = 'Sign in',
}: {
  providers: readonly Provider[];
  /** Path of this site to come back to. */
  to: string;
  verb?: string;
}) {
  if (providers.length === 0) return null;
  return (
    <div className="grid gap-2">
      {providers.map(({ slot, name }) => (
        <Button key={slot} size="lg" asChild>
          <a href={providerPath(slot, to)}>
            <KeyRound aria-hidden /> {verb} through {name}
          </a>
        </Button>
      ))}
    </div>
  );
}

/** Between two ways that do the same. */
export function OrDivider() {
  return (
    <div className="flex items-center gap-3 text-ink-faint text-xs" role="presentation">
      <span className="h-px flex-1 bg-line" /> or <span className="h-px flex-1 bg-line" />
    </div>
  );
}
