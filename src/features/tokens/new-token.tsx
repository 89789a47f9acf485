'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { MadeOnceDialog } from '#src/components/made-once-dialog.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TokenScope } from '#src/shared/permissions/token-scopes.ts';
import { ScopeChoice } from './scope-choice.tsx';
import { TokenMade } from './token-made.tsx';

const DAY_MS = 24 * 3600 * 1000;
const LIVES = [
  { days: 7, label: 'a week' },
  { days: 30, label: '30 days' },
  { days: 90, label: '90 days' },
  { days: 365, label: 'a year' },
] as const;
const USUAL_DAYS = 30;
/** Data home, and no more, until somebody wants more. */
const USUAL_SCOPES: readonly TokenScope[] = ['experiments:read', 'files:read'];
const INSTRUMENT_SCOPES: readonly TokenScope[] = [
  'experiments:read',
  'experiments:write',
  'instruments:read',
];

/** Makes an access token and shows it: a personal one, or one of the instrument. */
export function NewToken({
  refresh,
  instrument = null,
}: {
  refresh: () => Promise<unknown>;
  instrument?: { id: string; name: string } | null;
}) {
  const trpc = useTRPC();
  const usual = instrument ? INSTRUMENT_SCOPES : USUAL_SCOPES;
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<TokenScope[]>([...usual]);
  const [days, setDays] = useState<number>(USUAL_DAYS);
  const [experimentId, setExperimentId] = useState('');
  const experiments = useQuery(
    trpc.experiments.list.queryOptions({ limit: 200 }, { enabled: open && instrument === null }),
  );
  const create = useMutation(trpc.tokens.create.mutationOptions({ onSuccess: refresh }));
  const chosen = experiments.data?.items.find(({ id }) => id === experimentId) ?? null;
  const { origin } = typeof window === 'undefined' ? { origin: '' } : window.location;
  const firstUse = instrument
    ? {
        use: 'To see that it works, put it into a file that only you can read, and then:',
        firstUse: `curl -H "Authorization: Bearer $(cat FILE)" ${origin}/api/v1/experiments`,
      }
    : {
        use: 'To bring data home, put it into a file that only you can read, and then:',
        firstUse: `beamdeck-sync pull ${chosen?.code ?? 'EXPERIMENT'} DIR --server ${origin} --token-file FILE`,
      };
  return (
    <MadeOnceDialog
      open={open}
      onOpen={setOpen}
      onClosed={() => {
        create.reset();
        setName('');
        setScopes([...usual]);
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
        <TokenMade token={create.data.token} {...firstUse} />
      ) : (
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            const expiresAt = new Date(Date.now() + days * DAY_MS);
            create.mutate({
              ...{ name: name.trim(), scopes, expiresAt },
              ...{ experimentId: experimentId || null, instrumentId: instrument?.id ?? null },
            });
          }}
        >
          <Field label="Name" hint="What it is for, so that you know it again.">
            {(props) => (
              <Input
                {...props}
                required
                maxLength={80}
                autoComplete="off"
                placeholder={instrument ? `MXCuBE of ${instrument.name}` : "data home to the group's server"}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <ScopeChoice scopes={scopes} onScopes={setScopes} />
          {instrument === null && (
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
          )}
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
          <FormFault error={create.error} />
          <SubmitFooter busy={create.isPending} disabled={name.trim() === '' || scopes.length === 0}>
            Make the token
          </SubmitFooter>
        </form>
      )}
    </MadeOnceDialog>
  );
}
