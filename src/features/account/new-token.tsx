'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { MadeOnceDialog } from '#src/components/made-once-dialog.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { CommandLine } from '#src/components/ui/command-line.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { DialogClose, DialogFooter } from '#src/components/ui/dialog.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { TOKEN_SCOPE_NAMES, TOKEN_SCOPES, type TokenScope } from '#src/shared/permissions/token-scopes.ts';

const DAY_MS = 24 * 3600 * 1000;
const LIVES = [
  { days: 7, label: 'a week' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'a year' },
] as const;
const USUAL_DAYS = 30;

/** The token, which can be had here and now only. */
function TokenMade({ token, experimentCode }: { token: string; experimentCode: string | null }) {
  return (
    <>
      <p className="text-ink-soft text-sm">
        It is shown <strong className="text-ink">only now</strong>; Beamdeck does not keep it. Whoever has it
        can do with it what you let it do.
      </p>
      <div className="flex items-center gap-2 rounded-md border bg-surface px-2.5 py-1.5">
        <code className="min-w-0 break-all font-mono text-sm">{token}</code>
        <CopyButton text={token} what="the token" className="ml-auto shrink-0" />
      </div>
      <div className="grid grid-cols-1 gap-1.5">
        <p className="text-sm">To bring data home, put it into a file that only you can read, and then:</p>
        <CommandLine>{`beamdeck-sync pull ${experimentCode ?? 'EXPERIMENT'} DIR --server ${window.location.origin} --token-file FILE`}</CommandLine>
      </div>
      <DialogFooter>
        <DialogClose asChild>
          <Button look="primary">Done</Button>
        </DialogClose>
      </DialogFooter>
    </>
  );
}

function ScopeChoice({
  scopes,
  onScopes,
}: {
  scopes: readonly TokenScope[];
  onScopes: (scopes: TokenScope[]) => void;
}) {
  const toggle = (scope: TokenScope) =>
    onScopes(TOKEN_SCOPE_NAMES.filter((each) => (each === scope) !== scopes.includes(each)));
  return (
    <fieldset className="grid gap-1">
      <legend className="font-medium text-ink-soft text-sm">What it may do</legend>
      {TOKEN_SCOPE_NAMES.map((scope) => (
        <label key={scope} className="flex min-h-7 items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={scopes.includes(scope)}
            onChange={() => toggle(scope)}
            className="accent-(--accent)"
          />
          <span className="font-mono">{scope}</span>
          <span className="text-ink-faint text-xs">{TOKEN_SCOPES[scope].means}</span>
        </label>
      ))}
      {scopes.length === 0 && (
        <p role="alert" className="text-failed text-xs">
          Choose at least one.
        </p>
      )}
    </fieldset>
  );
}

/** Makes an access token and shows it. */
export function NewToken({ refresh }: { refresh: () => Promise<unknown> }) {
  const trpc = useTRPC();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<TokenScope[]>([...TOKEN_SCOPE_NAMES]);
  const [days, setDays] = useState<number>(USUAL_DAYS);
  const [experimentId, setExperimentId] = useState('');
  const experiments = useQuery(trpc.experiments.list.queryOptions({ limit: 200 }, { enabled: open }));
  const create = useMutation(trpc.tokens.create.mutationOptions({ onSuccess: refresh }));
  const chosen = experiments.data?.items.find(({ id }) => id === experimentId) ?? null;
  return (
    <MadeOnceDialog
      open={open}
      onOpen={setOpen}
      onClosed={() => {
        create.reset();
        setName('');
      }}
      trigger={
        <Button size="sm">
          <Plus aria-hidden /> New token
        </Button>
      }
      title={create.data ? `Access token “${name.trim()}”` : 'New access token'}
      isMade={create.data !== undefined}
    >
      {create.data ? (
        <TokenMade token={create.data.token} experimentCode={chosen?.code ?? null} />
      ) : (
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            const expiresAt = new Date(Date.now() + days * DAY_MS);
            create.mutate({ name: name.trim(), scopes, expiresAt, experimentId: experimentId || null });
          }}
        >
          <Field label="Name" hint="What it is for, so that you know it again.">
            {(props) => (
              <Input
                {...props}
                required
                maxLength={80}
                autoComplete="off"
                placeholder="data home to the group's server"
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <ScopeChoice scopes={scopes} onScopes={setScopes} />
          <Field label="Experiment" hint="A token for one experiment does less harm in wrong hands.">
            {(props) => (
              <NativeSelect
                {...props}
                value={experimentId}
                onChange={(event) => setExperimentId(event.currentTarget.value)}
              >
                <option value="">every experiment I see</option>
                {experiments.data?.items.map(({ id, code, title }) => (
                  <option key={id} value={id}>
                    {code} {title}
                  </option>
                ))}
              </NativeSelect>
            )}
          </Field>
          <Field label="Ends after" className="max-w-56">
            {(props) => (
              <NativeSelect
                {...props}
                value={days}
                onChange={(event) => setDays(Number(event.currentTarget.value))}
              >
                {LIVES.map((life) => (
                  <option key={life.days} value={life.days}>
                    {life.label}
                  </option>
                ))}
              </NativeSelect>
            )}
          </Field>
          {create.isError && (
            <p role="alert" className="text-failed text-sm">
              {sentenceOf(create.error)}
            </p>
          )}
          <DialogFooter>
            <DialogClose asChild>
              <Button look="quiet">Cancel</Button>
            </DialogClose>
            <Button
              type="submit"
              look="primary"
              busy={create.isPending}
              disabled={name.trim() === '' || scopes.length === 0}
            >
              Make the token
            </Button>
          </DialogFooter>
        </form>
      )}
    </MadeOnceDialog>
  );
}
