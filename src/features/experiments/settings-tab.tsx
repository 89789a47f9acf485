'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { EditedByOthers } from '#src/components/edited-by-others.tsx';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { ExperimentTriggers } from '#src/features/triggers/index.ts';
import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { useExperiment, useRefreshExperiment } from './experiment-context.ts';
import { changesOf, draftOf, fieldsOf } from './experiment-draft.ts';
import { ExperimentFields, useExperimentDraft } from './experiment-fields.tsx';
import { LifeCard } from './life-card.tsx';
import { ProlongationCard } from './prolongation-card.tsx';

/** What the editor began from: kept while typing, so that news from others overwrite nothing and are told when saving. */
function EditCard({ experiment }: { experiment: ExperimentDetail }) {
  const trpc = useTRPC();
  const zone = useFacilityZone();
  const refresh = useRefreshExperiment();
  const [base, setBase] = useState(experiment);
  const before = draftOf(base, zone);
  const form = useExperimentDraft(before);
  const mayEdit = allows('experiment.edit', experiment.roles);
  const mayPlan = allows('experiment.plan', experiment.roles);
  const startFrom = (newer: ExperimentDetail) => {
    setBase(newer);
    form.reset(draftOf(newer, zone));
  };
  const edit = useMutation(
    trpc.experiments.edit.mutationOptions({
      onSuccess: ({ version }) => {
        startFrom({ ...base, ...fieldsOf(form.draft, zone), version });
        toast.done('Saved');
      },
      onSettled: refresh,
    }),
  );
  const changes = changesOf(form.draft, before, zone);
  const isChanged = Object.keys(changes).length > 0;
  const faults = edit.isError ? fieldFaultsOf(edit.error) : {};
  const isOld = experiment.version > base.version;
  // Changed by others while nothing is typed: what it says now is what to go on from.
  if (isOld && !isChanged) startFrom(experiment);

  return (
    <Card>
      <CardHeader
        title="What it is"
        hint={
          mayEdit
            ? mayPlan
              ? undefined
              : 'The staff of the instrument set dates, PI and terms.'
            : 'Managers and staff change this.'
        }
      />
      <CardBody>
        <form
          noValidate
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            form.showAll();
            if (form.isRight && isChanged)
              edit.mutate({ experimentId: experiment.id, version: base.version, ...changes });
          }}
        >
          <fieldset disabled={!mayEdit} className="grid gap-3">
            <ExperimentFields
              form={form}
              serverFaults={faults}
              mayPlan={mayPlan}
              pi={
                <Field
                  label="Principal investigator"
                  hint="A name; who owns the experiment stands under People."
                  fault={form.faults.piName ?? faults.piName}
                >
                  {(props) => (
                    <Input
                      {...props}
                      disabled={!mayPlan}
                      value={form.draft.piName}
                      onChange={(event) => form.set('piName', event.currentTarget.value)}
                    />
                  )}
                </Field>
              }
            />
          </fieldset>
          <EditedByOthers
            what="experiment"
            edit={edit}
            isTold={Object.keys(faults).length > 0}
            mayEdit={mayEdit}
            isChanged={isChanged}
            isOld={isOld}
            onTakeTheirs={() => {
              edit.reset();
              startFrom(experiment);
            }}
            onKeepMine={() => {
              edit.reset();
              setBase({ ...base, version: experiment.version });
            }}
            onDiscard={() => startFrom(experiment)}
          />
        </form>
      </CardBody>
    </Card>
  );
}

/** What is written about the experiment, where it stands in its life, and how long it may be analysed. */
export function SettingsTab() {
  const experiment = useExperiment();
  return (
    <div className="h-full overflow-y-auto">
      <div className="grid max-w-6xl content-start items-start gap-4 p-3 sm:p-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <EditCard experiment={experiment} />
        <div className="grid gap-4">
          <LifeCard experiment={experiment} />
          <ProlongationCard experiment={experiment} />
          <ExperimentTriggers experimentId={experiment.id} instrumentId={experiment.instrument.id} />
        </div>
      </div>
    </div>
  );
}
