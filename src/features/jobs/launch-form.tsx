'use client';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { appErrorOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { SubmitFooter } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { RunOffer } from '#src/server/domain/jobs/jobs.service.ts';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import type { ParameterValue } from '#src/shared/contracts/parameter-values.ts';
import { offerSentence } from './job-cost-words.ts';
import { draftOf, type ParameterDraft, readDraft, type Typed } from './parameter-draft.ts';
import { ParameterField } from './parameter-field.tsx';
import { RunPayment } from './run-payment.tsx';

/** What a form starts, and where. */
export interface Launch {
  experiment: { id: string; code: string };
  template: { slug: string; name: string; parameters: readonly TemplateParameter[] };
  /** What the run is about, where that is not one of the parameters. */
  datasetId: string | null;
  /** What the form is filled with besides defaults: those of a former run. */
  values?: Readonly<Record<string, ParameterValue>>;
}

function Cost({ offer, code, mayProlong }: { offer: RunOffer; code: string; mayProlong: boolean }) {
  const words = offerSentence(offer);
  if (words) {
    return (
      <div className="grid gap-0.5 rounded-md border bg-surface px-3 py-2">
        <p className="font-medium text-sm tabular-nums">{words.cost}</p>
        {words.basis && <p className="text-ink-soft text-xs">{words.basis}</p>}
      </div>
    );
  }
  return (
    <div role="alert" className="grid gap-2 rounded-md border border-warn/35 bg-warn/8 px-3 py-2 text-sm">
      <p>{offer.refused?.message ?? 'No licence pays for this. Ask an admin of the facility for one.'}</p>
      {offer.refused?.until && mayProlong && (
        <div>
          <Button asChild size="sm">
            <Link href={`/experiments/${code}/settings?ask=true`}>Ask for prolongation</Link>
          </Button>
        </div>
      )}
    </div>
  );
}

/** What the server found wrong with single inputs: a file that is not there, say. */
function serverFaults(error: unknown): Readonly<Record<string, string>> {
  const faults = appErrorOf(error)?.details?.parameters;
  return typeof faults === 'object' && faults !== null ? (faults as Record<string, string>) : {};
}

/** The form of a template, made from what it declares: inputs, size, who pays, and what it costs before the button. */
export function LaunchForm({
  launch,
  mayProlong = false,
  action,
  onDone,
}: {
  launch: Launch;
  /** Whether who sees it may ask for a longer processing window. */
  mayProlong?: boolean;
  action: string;
  onDone: () => void;
}) {
  const { experiment, template, datasetId } = launch;
  const declared = template.parameters;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const router = useRouter();
  const [draft, setDraft] = useState<ParameterDraft>(() => draftOf(declared, launch.values));
  const [told, setTold] = useState<ReadonlySet<string>>(new Set());
  const [profileId, setProfileId] = useState<string | null>(null);
  const [licenceId, setLicenceId] = useState<string | null>(null);
  const run = { experimentId: experiment.id, datasetId, templateSlug: template.slug, profileId, licenceId };
  // What others start meanwhile takes from the same licence: never from memory.
  const offer = useQuery(
    trpc.jobs.offer.queryOptions(run, { staleTime: 0, placeholderData: keepPreviousData }),
  );
  const start = useMutation(
    trpc.jobs.runTemplate.mutationOptions({
      onSuccess: async ({ jobId }) => {
        onDone();
        await queryClient.invalidateQueries(trpc.jobs.pathFilter());
        const open = () => router.push(`/jobs/${jobId}`);
        toast.say(`${template.name} is queued`, { action: { label: 'Open', run: open } });
      },
      // Whoever was faster may have taken what was left.
      onError: () => offer.refetch(),
    }),
  );
  const { values, faults } = readDraft(declared, draft);
  const found = serverFaults(start.error);
  const faultOf = (name: string) => (told.has(name) ? faults[name] : undefined) ?? found[name];
  const type = (name: string, typed: Typed) => {
    start.reset();
    setTold((before) => new Set(before).add(name));
    setDraft((before) => ({ ...before, [name]: typed }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTold(new Set(declared.map(({ name }) => name)));
    if (Object.keys(faults).length === 0) start.mutate({ ...run, parameters: values });
  };
  if (offer.isPending) return <SkeletonRows rows={declared.length + 2} />;
  if (offer.isError) return <ErrorState error={offer.error} retry={() => void offer.refetch()} />;
  return (
    <form noValidate className="grid gap-3" onSubmit={submit}>
      {declared.map((parameter) => (
        <ParameterField
          key={parameter.name}
          parameter={parameter}
          experimentId={experiment.id}
          typed={draft[parameter.name] ?? ''}
          fault={faultOf(parameter.name)}
          onType={(typed) => type(parameter.name, typed)}
        />
      ))}
      <RunPayment
        offer={offer.data}
        profileId={profileId}
        licenceId={licenceId}
        onProfile={(id) => {
          start.reset();
          setProfileId(id);
        }}
        onLicence={(id) => {
          start.reset();
          setLicenceId(id);
        }}
      />
      <Cost offer={offer.data} code={experiment.code} mayProlong={mayProlong} />
      <FormFault error={start.error} isTold={Object.keys(found).length > 0} />
      <SubmitFooter
        busy={start.isPending}
        disabled={offer.isPlaceholderData || offerSentence(offer.data) === null}
      >
        {action}
      </SubmitFooter>
    </form>
  );
}
