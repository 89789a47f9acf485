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
import type { JobDetail, RunOffer } from '#src/server/domain/jobs/jobs.service.ts';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import type { ParameterValue } from '#src/shared/contracts/parameter-values.ts';
import { adviceSentence, offerSentence } from './job-cost-words.ts';
import { draftOf, type ParameterDraft, readDraft, type Typed } from './parameter-draft.ts';
import { isNarrow, ParameterField } from './parameter-field.tsx';
import { differenceWords, type GivenRun, runDifferences } from './run-difference.ts';
import { RunPayment } from './run-payment.tsx';

/** What a form starts, and where. */
export interface Launch {
  experiment: { id: string; code: string };
  template: { slug: string; name: string; parameters: readonly TemplateParameter[] };
  /** What the run is about, where that is not one of the parameters. */
  datasetId: string | null;
  /** What the form is filled with besides defaults: those of a former run. */
  values?: Readonly<Record<string, ParameterValue>>;
  /** The size and who pays, where they were chosen before. */
  profileId?: string | null;
  licenceId?: string | null;
  /** The run that is repeated. */
  parent?: JobDetail;
  /** The template is tried out: what others wait for goes before it. */
  isTest?: boolean;
}

/** What of a repetition will be otherwise. */
function Changes({ parent, after }: { parent: JobDetail; after: GivenRun }) {
  // By which version it ran is told where the template is chosen.
  const changes = runDifferences({ ...parent, templateVersion: null }, after, parent.datasets);
  return (
    <div className="grid gap-0.5 text-xs">
      <p className="font-medium text-ink-soft">
        {changes.length === 0 ? 'Nothing is changed against the job it repeats.' : 'Changed:'}
      </p>
      {changes.length > 0 && (
        <ul aria-label="Changed against the job it repeats" className="grid gap-0.5">
          {changes.map((change) => (
            <li key={change.label}>{differenceWords(change)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Cost({ offer, code, mayProlong }: { offer: RunOffer; code: string; mayProlong: boolean }) {
  const words = offerSentence(offer);
  const advice = adviceSentence(offer);
  if (words) {
    return (
      <div className="grid gap-0.5 rounded-md border bg-surface px-3 py-2">
        <p className="font-medium text-sm tabular-nums">{words.cost}</p>
        {words.why && <p className="text-ink-soft text-xs">{words.why}</p>}
        {words.basis && <p className="text-ink-soft text-xs">{words.basis}</p>}
        {advice && <p className="text-ink-soft text-xs tabular-nums">{advice}</p>}
        {offer.network && (
          <p className="text-ink-soft text-xs">
            Its program reaches the network, which the facility has allowed of this version.
          </p>
        )}
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
  const [profileId, setProfileId] = useState<string | null>(launch.profileId ?? null);
  const [licenceId, setLicenceId] = useState<string | null>(launch.licenceId ?? null);
  const run = { experimentId: experiment.id, datasetId, templateSlug: template.slug, profileId, licenceId };
  // What others start meanwhile takes from the same licence: never from memory.
  const offer = useQuery(
    trpc.jobs.offer.queryOptions(run, { staleTime: 0, placeholderData: keepPreviousData }),
  );
  // What was chosen for the former run may be gone by now: then the rules decide, and the form says what they come to.
  if (offer.isError && profileId !== null && profileId === launch.profileId) setProfileId(null);
  const isGone = offer.data?.sponsors.every((sponsor) => sponsor.licenceId !== licenceId);
  if (licenceId !== null && licenceId === launch.licenceId && !offer.isPlaceholderData && isGone) {
    setLicenceId(null);
  }
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
    if (Object.keys(faults).length > 0) return;
    start.mutate({ ...run, parameters: values, parentJobId: launch.parent?.id, isTest: launch.isTest });
  };
  if (offer.isPending) return <SkeletonRows rows={declared.length + 2} />;
  if (offer.isError) return <ErrorState error={offer.error} retry={() => void offer.refetch()} />;
  return (
    <form noValidate className="grid gap-3" onSubmit={submit}>
      <div className="grid items-start gap-3 sm:grid-cols-2">
        {declared.map((parameter) => (
          <div key={parameter.name} className={isNarrow(parameter) ? 'min-w-0' : 'min-w-0 sm:col-span-2'}>
            <ParameterField
              parameter={parameter}
              experimentId={experiment.id}
              typed={draft[parameter.name] ?? ''}
              fault={faultOf(parameter.name)}
              onType={(typed) => type(parameter.name, typed)}
            />
          </div>
        ))}
      </div>
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
      {launch.parent && (
        <Changes
          parent={launch.parent}
          after={{
            ...{ templateName: template.name, templateVersion: null, parameters: values },
            declaredParameters: declared,
            profileName:
              offer.data.profiles.find((each) => each.profileId === offer.data.profileId)?.name ?? null,
            sponsorName:
              offer.data.sponsors.find((each) => each.licenceId === offer.data.licenceId)?.name ?? null,
          }}
        />
      )}
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
