'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Crown } from 'lucide-react';
import { useState } from 'react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { WithoutOwner } from '#src/server/domain/experiments/disabled-owners.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { heirsInWords, ownedInWords } from './without-owner-words.ts';

function Row({ row }: { row: WithoutOwner }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const { facilityId } = useAdminFacility();
  const [chosen, setChosen] = useState<string | null>(null);
  const heir = row.heirs.find(({ id }) => id === chosen) ?? row.heirs[0];
  const give = useMutation(
    trpc.facilities.giveOwnership.mutationOptions({
      onSuccess: () => toast.done(`${heir?.name} owns ${row.code} now`),
      onSettled: () =>
        Promise.all([
          queries.invalidateQueries(trpc.facilities.withoutOwner.queryFilter()),
          queries.invalidateQueries(trpc.facilities.people.pathFilter()),
        ]),
    }),
  );
  return (
    <li className="grid grid-cols-1 gap-2 py-3">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <span className="font-mono font-semibold text-sm">{row.code}</span>
        <span className="min-w-0 break-words text-ink-soft text-xs">
          {row.owner.name} ({row.owner.email}), disabled <RelativeTime at={row.disabledAt} />
        </span>
      </div>
      {heir === undefined ? (
        <p className="text-ink-soft text-sm">
          Nobody else in it can sign in. Enable the Owner, or let staff of the instrument invite somebody.
        </p>
      ) : (
        <div className="flex flex-wrap items-center gap-2">
          <NativeSelect
            aria-label={`New Owner of ${row.code}`}
            className="w-auto min-w-0 max-w-full flex-1"
            value={heir.id}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {row.heirs.map(({ id, name, email }) => (
              <option key={id} value={id}>
                {name}, {email}
              </option>
            ))}
          </NativeSelect>
          <Button
            size="sm"
            busy={give.isPending}
            onClick={() => {
              const { experimentId } = row;
              give.mutate({ facilityId, experimentId, personId: heir.id });
            }}
          >
            Make Owner
          </Button>
          <span className="w-full text-ink-faint text-xs">{heirsInWords(row.heirs)}</span>
        </div>
      )}
      <FormFault error={give.error} />
    </li>
  );
}

/** What disabled accounts own, above the list of people; nothing while they own nothing. */
export function WithoutOwnerStrip() {
  const trpc = useTRPC();
  const { facilityId } = useAdminFacility();
  const rows = useQuery(trpc.facilities.withoutOwner.queryOptions({ facilityId }));
  const [open, setOpen] = useState(false);
  if (!rows.data || (rows.data.length === 0 && !open)) return null;
  return (
    <div className="mx-3 mb-3 flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-lg border border-warn/35 bg-warn/8 px-3 py-2 text-sm sm:mx-4">
      <Crown className="size-4 shrink-0 text-warn" aria-hidden />
      <p className="min-w-0 flex-1 basis-64">{ownedInWords(rows.data.length)}</p>
      <Dialog open={open} onOpenChange={setOpen}>
        <DialogTrigger asChild>
          <Button size="sm">Give them Owners</Button>
        </DialogTrigger>
        <DialogContent
          title="Owned by disabled accounts"
          description="The new Owner gets a mail, and the former one is a Manager in case the account is enabled again. You see their codes alone: what is in them stays with their people."
        >
          {rows.data.length === 0 ? (
            <p className="text-sm">Everything has an Owner who can sign in.</p>
          ) : (
            <ul className="divide-y">
              {rows.data.map((row) => (
                <Row key={row.experimentId} row={row} />
              ))}
            </ul>
          )}
        </DialogContent>
      </Dialog>
    </div>
  );
}
