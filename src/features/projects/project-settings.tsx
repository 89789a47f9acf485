'use client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { EditedByOthers } from '#src/components/edited-by-others.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { ProjectView } from '#src/server/domain/projects/project.types.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { useProject } from './project-context.ts';
import { ProjectFields, useProjectDraft } from './project-fields.tsx';
import { type ProjectDraft, projectFieldsOf } from './project-words.ts';

const draftOf = ({ title, keywords }: ProjectView): ProjectDraft => ({
  title,
  keywords: keywords.join(', '),
});

/** What is written about the project. News from others overwrite nothing that is typed, and are told when saving. */
export function ProjectSettings() {
  const trpc = useTRPC();
  const { project, refresh } = useProject();
  const [base, setBase] = useState(project);
  const before = draftOf(base);
  const form = useProjectDraft(before);
  const mayEdit = allows('experiment.edit', project.roles);
  const startFrom = (newer: ProjectView) => {
    setBase(newer);
    form.reset(draftOf(newer));
  };
  const edit = useMutation(
    trpc.projects.edit.mutationOptions({
      onSuccess: ({ version }) => {
        startFrom({ ...base, ...projectFieldsOf(form.draft), version });
        toast.done('Saved');
      },
      onSettled: refresh,
    }),
  );
  const isChanged = form.draft.title !== before.title || form.draft.keywords !== before.keywords;
  const isOld = project.version > base.version;
  // Changed by others while nothing is typed: what it says now is what to go on from.
  if (isOld && !isChanged) startFrom(project);
  const faults = edit.isError ? fieldFaultsOf(edit.error) : {};
  const takeTheirs = () => {
    edit.reset();
    startFrom(project);
  };
  return (
    <div className="grid max-w-2xl gap-4 p-3 sm:p-4">
      <Card>
        <CardHeader title="What it is" hint={mayEdit ? undefined : 'Managers change this.'} />
        <CardBody>
          <form
            noValidate
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              form.showAll();
              const fields = projectFieldsOf(form.draft);
              if (form.isRight) edit.mutate({ projectId: project.id, version: base.version, ...fields });
            }}
          >
            <fieldset disabled={!mayEdit} className="grid gap-3">
              <ProjectFields form={form} serverFaults={faults} />
            </fieldset>
            <EditedByOthers
              what="project"
              edit={edit}
              isTold={Object.keys(faults).length > 0}
              mayEdit={mayEdit}
              isChanged={isChanged}
              isOld={isOld}
              onTakeTheirs={takeTheirs}
              onKeepMine={() => {
                edit.reset();
                setBase({ ...base, version: project.version });
              }}
              onDiscard={takeTheirs}
            />
          </form>
        </CardBody>
      </Card>
    </div>
  );
}
