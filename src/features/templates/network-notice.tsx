'use client';
import { useMutation } from '@tanstack/react-query';
import { Globe } from 'lucide-react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TemplateDetail } from '#src/server/domain/templates/templates.service.ts';
import { useTemplatesLive } from './use-templates-live.ts';

type Shown = Pick<TemplateDetail, 'slug' | 'name' | 'version' | 'network'>;

/** What an admin may say of it for their facility. */
function Switch({ template, facility }: { template: Shown; facility: { id: string; name: string } }) {
  const trpc = useTRPC();
  const refresh = useTemplatesLive();
  const set = useMutation(trpc.templates.setNetwork.mutationOptions({ onSettled: refresh }));
  const { slug, name, version, network } = template;
  const isAllowed = network?.allowed.some(({ facilityId }) => facilityId === facility.id) ?? false;
  const input = { slug, version, facilityId: facility.id, allowed: !isAllowed };
  if (isAllowed) {
    return (
      <Button
        size="sm"
        busy={set.isPending}
        onClick={() => set.mutate(input, { onError: (error) => toast.failed(error) })}
      >
        Forbid it at {facility.name}
      </Button>
    );
  }
  return (
    <ConfirmDialog
      trigger={<Button size="sm">Allow it at {facility.name}</Button>}
      title={`Let “${name}”, version ${version}, reach the network?`}
      action="Allow"
      onConfirm={() => set.mutateAsync(input)}
    >
      Its runs will reach whatever the machine that runs jobs reaches, other services of that machine too, and
      could send an experiment's files elsewhere. Read its script first. The next version asks again.
    </ConfirmDialog>
  );
}

/** Of a template that asks for the network: where it may, who said so, and the switch of admins. */
export function NetworkNotice({ template }: { template: Shown }) {
  const { network } = template;
  if (!network) return null;
  return (
    <div className="grid gap-2 rounded-md border px-3 py-2 text-sm">
      <p className="flex items-center gap-2">
        <Globe className="size-4 shrink-0 text-ink-soft" aria-hidden />
        {network.allowed.length === 0
          ? 'It asks for the network, and no facility has allowed that of this version yet. It can be run once an admin of the facility has, on this page.'
          : 'It reaches the network.'}
      </p>
      {network.allowed.length > 0 && (
        <ul className="grid gap-0.5 text-ink-soft text-xs">
          {network.allowed.map(({ facilityId, facilityName, allowedByName, allowedAt }) => (
            <li key={facilityId}>
              allowed at {facilityName}
              {allowedByName && ` by ${allowedByName}`} <RelativeTime at={allowedAt} />
            </li>
          ))}
        </ul>
      )}
      {network.mayAllow.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {network.mayAllow.map(({ facilityId, facilityName }) => (
            <Switch key={facilityId} template={template} facility={{ id: facilityId, name: facilityName }} />
          ))}
        </div>
      )}
    </div>
  );
}
