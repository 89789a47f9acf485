'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { fieldFaultsOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { ProjectFields, useProjectDraft } from './project-fields.tsx';
import { EMPTY_PROJECT, projectFieldsOf } from './project-words.ts';

/** A project of one's own. What was typed stays when the server finds a fault. */
export function NewProject({ onMade }: { onMade: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const facilities = useQuery(trpc.projects.facilities.queryOptions(undefined, { enabled: open })).data ?? [];
  const facility = chosen ?? facilities[0]?.code;
  const form = useProjectDraft(EMPTY_PROJECT);
  const create = useMutation(
    trpc.projects.create.mutationOptions({
      onSuccess: (made) => {
        setOpen(false);
        form.reset(EMPTY_PROJECT);
        toast.done(`${made.code} was created`);
        onMade();
        router.push(`/projects/${made.code}`);
      },
    }),
  );
  const faults = create.isError ? fieldFaultsOf(create.error) : {};
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button look="primary">
          <Plus aria-hidden /> New project
        </Button>
      </DialogTrigger>
      <DialogContent
        title="New project"
        description="People of your choice, and the experiments that they read. You are its Owner."
      >
        <form
          noValidate
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            form.showAll();
            if (form.isRight) create.mutate({ ...projectFieldsOf(form.draft), facility });
          }}
        >
          <ProjectFields form={form} serverFaults={faults} />
          {facilities.length > 1 && (
            <Field label="Facility" hint="It reads experiments of this facility." fault={faults.facility}>
              {(props) => (
                <NativeSelect
                  {...props}
                  value={facility}
                  onChange={(event) => setChosen(event.currentTarget.value)}
                >
                  {facilities.map(({ code, name }) => (
                    <option key={code} value={code}>
                      {name} ({code})
                    </option>
                  ))}
                </NativeSelect>
              )}
            </Field>
          )}
          <FormFault error={create.error} isTold={Object.keys(faults).length > 0} />
          <SubmitFooter busy={create.isPending}>Create project</SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
