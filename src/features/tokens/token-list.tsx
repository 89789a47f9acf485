'use client';
import { useMutation } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Badge } from '#src/components/ui/badge.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { TOKEN_SCOPE_NAMES, TOKEN_SCOPES, type TokenScope } from '#src/shared/permissions/token-scopes.ts';

/** A token as a list shows it; `madeBy` and `isIdle` of those of an instrument. */
export interface ListedToken {
  tokenId: string;
  name: string;
  scopes: TokenScope[];
  experimentCode: string | null;
  instrumentName: string | null;
  expiresAt: Date;
  isExpired: boolean;
  lastUsedAt: Date | null;
  madeBy?: string;
  isIdle?: boolean;
}

/** "see experiments …; download files" */
const inWords = (scopes: readonly TokenScope[]) =>
  scopes.length === TOKEN_SCOPE_NAMES.length
    ? 'do everything that programs can'
    : scopes.map((scope) => TOKEN_SCOPES[scope].means).join('; ');

function TokenRow({ token, refresh }: { token: ListedToken; refresh: () => Promise<unknown> }) {
  const trpc = useTRPC();
  const revoke = useMutation(trpc.tokens.revoke.mutationOptions({ onSettled: refresh }));
  const { name, experimentCode, instrumentName, madeBy, isIdle, isExpired } = token;
  return (
    <li className="flex items-center gap-3 px-3 py-2.5">
      <KeyRound className="size-4 shrink-0 text-ink-faint" aria-hidden />
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-2 font-medium text-sm">
          <span className="break-words">{name}</span>
          {experimentCode && <Badge>only {experimentCode}</Badge>}
          {instrumentName && madeBy === undefined && <Badge>as staff of {instrumentName}</Badge>}
          {isExpired && <Badge tone="warn">expired</Badge>}
          {isIdle && <Badge tone="warn">opens nothing: {madeBy} is not staff here</Badge>}
        </div>
        <p className="text-ink-soft text-sm">May {inWords(token.scopes)}.</p>
        <div className="text-ink-faint text-xs">
          {madeBy && `made by ${madeBy}, `}
          {token.lastUsedAt ? (
            <>
              last used <RelativeTime at={token.lastUsedAt} />
            </>
          ) : (
            'never used'
          )}
          , {isExpired ? 'ended' : 'ends'} <RelativeTime at={token.expiresAt} />
        </div>
      </div>
      <div className="ml-auto">
        <ConfirmDialog
          title={`Revoke “${name}”?`}
          action="Revoke"
          onConfirm={async () => {
            await revoke.mutateAsync({ tokenId: token.tokenId });
            toast.done(`“${name}” opens nothing any more.`);
          }}
          trigger={
            <Button size="sm" aria-label={`Revoke ${name}`}>
              Revoke
            </Button>
          }
        >
          Programs that use it are refused from now on. This cannot be undone; a new token can be made.
        </ConfirmDialog>
      </div>
    </li>
  );
}

export function TokenList({
  tokens,
  refresh,
}: {
  tokens: readonly ListedToken[];
  refresh: () => Promise<unknown>;
}) {
  return (
    <ul className="divide-y">
      {tokens.map((token) => (
        <TokenRow key={token.tokenId} token={token} refresh={refresh} />
      ))}
    </ul>
  );
}
