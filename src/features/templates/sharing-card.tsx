'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Share2, X } from 'lucide-react';
import { useState } from 'react';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ShareWith, TemplateDetail } from '#src/server/domain/templates/templates.service.ts';
import { shareWords } from './template-words.ts';
import { useTemplatesLive } from './use-templates-live.ts';

/** What a line of the choice stands for: "person <id>". */
function wantedOf(chosen: string): ShareWith | null {
  const [sharedWith, id = ''] = chosen.split(' ');
  if (sharedWith === 'person') return { sharedWith, personId: id };
  if (sharedWith === 'instrument') return { sharedWith, instrumentId: id };
  if (sharedWith === 'facility' || sharedWith === 'everyone') return { sharedWith };
  return null;
}

function ShareForm({ template, onDone }: { template: TemplateDetail; onDone: () => void }) {
  const trpc = useTRPC();
  const refresh = useTemplatesLive();
  const { people, instruments, facility } = template.mayShare;
  const [chosen, setChosen] = useState('');
  const colleagues = useQuery(trpc.templates.colleagues.queryOptions(undefined, { enabled: people }));
  const share = useMutation(
    trpc.templates.share.mutationOptions({
      onSuccess: async () => {
        onDone();
        toast.done('It is shared from now on');
        await refresh();
      },
    }),
  );
  const wanted = wantedOf(chosen);
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted) share.mutate({ slug: template.slug, with: wanted });
      }}
    >
      <Field
        label="With"
        hint="People are listed that you know from an experiment, a project or an instrument. Staff share with their instrument, admins with the facility or everyone."
      >
        {(props) => (
          <NativeSelect
            {...props}
            value={chosen}
            onChange={(event) => {
              share.reset();
              setChosen(event.currentTarget.value);
            }}
          >
            <option value="">choose</option>
            {facility && (
              <option value="everyone">{shareWords({ sharedWith: 'everyone', name: null })}</option>
            )}
            {facility && <option value="facility">Everybody of the facility</option>}
            {instruments.map(({ id, name }) => (
              <option key={id} value={`instrument ${id}`}>
                {shareWords({ sharedWith: 'instrument', name })}
              </option>
            ))}
            {colleagues.data?.map(({ personId, name }) => (
              <option key={personId} value={`person ${personId}`}>
                {name}
              </option>
            ))}
          </NativeSelect>
        )}
      </Field>
      <FormFault error={share.error} />
      <SubmitFooter busy={share.isPending} disabled={wanted === null}>
        Share
      </SubmitFooter>
    </form>
  );
}

function ShareButton({ template }: { template: TemplateDetail }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm">
          <Share2 aria-hidden /> Share
        </Button>
      </DialogTrigger>
      <DialogContent
        title={`Share “${template.name}”`}
        description="They see its script and versions and run it; only its owner changes it."
      >
        <ShareForm template={template} onDone={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}

/** With whom a template is shared. */
export function SharingCard({ template }: { template: TemplateDetail }) {
  const trpc = useTRPC();
  const refresh = useTemplatesLive();
  const end = useMutation(
    trpc.templates.endShare.mutationOptions({ onSettled: refresh, onError: (error) => toast.failed(error) }),
  );
  const { people, instruments, facility } = template.mayShare;
  return (
    <Card>
      <CardHeader title="Shared with">
        {(people || instruments.length > 0 || facility) && <ShareButton template={template} />}
      </CardHeader>
      {template.shares.length === 0 ? (
        <p className="px-3 py-2.5 text-ink-soft text-sm">
          {template.isMine ? 'Nobody: it is yours alone.' : 'Nobody else that you would see here.'}
        </p>
      ) : (
        <ul className="divide-y">
          {template.shares.map((share) => (
            <li key={share.shareId} className="flex items-center gap-2 px-3 py-1.5">
              <span className="grid min-w-0 flex-1">
                <span className="truncate text-sm">{shareWords(share)}</span>
                <span className="text-ink-faint text-xs">
                  {share.sharedByName && `by ${share.sharedByName}, `}
                  <RelativeTime at={share.createdAt} />
                </span>
              </span>
              {share.mayEnd && (
                <Button
                  look="quiet"
                  size="icon-sm"
                  aria-label={`No longer share with ${shareWords(share)}`}
                  title="No longer share"
                  busy={end.isPending && end.variables?.shareId === share.shareId}
                  onClick={() => end.mutate({ slug: template.slug, shareId: share.shareId })}
                >
                  <X aria-hidden />
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
