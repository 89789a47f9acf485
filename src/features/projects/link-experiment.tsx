'use client';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Link2 } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { ChoiceList } from '#src/components/ui/choice-list.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Input } from '#src/components/ui/input.tsx';
import { SkeletonRows } from '#src/components/ui/skeleton.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { allows } from '#src/shared/permissions/permission-table.ts';
import { useProject } from './project-context.ts';

const MOST = 50;

/** Lets the project read one of the experiments that the caller manages. */
export function LinkExperiment({ linked, onLinked }: { linked: readonly string[]; onLinked: () => void }) {
  const trpc = useTRPC();
  const { project } = useProject();
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const asked = useDeferredValue(search);
  const found = useQuery(
    trpc.experiments.list.queryOptions(
      { mine: true, search: asked || undefined, limit: MOST },
      { enabled: open, placeholderData: keepPreviousData },
    ),
  );
  const choices = (found.data?.items ?? [])
    .filter((row) => allows('experiment.link', row.roles) && !linked.includes(row.id))
    .map((row) => ({
      value: row.id,
      label: `${row.code} ${row.title}`,
      means: row.instrument.name,
      code: row.code,
    }));
  const choice = choices.find(({ value }) => value === chosen);
  const link = useMutation(
    trpc.projects.link.mutationOptions({
      onSuccess: () => {
        setOpen(false);
        setChosen(null);
        toast.done(`Everybody in ${project.code} reads ${choice?.code ?? 'it'} now`);
      },
      onSettled: onLinked,
    }),
  );
  const people = project.counts.people;

  const list = () => {
    if (found.isPending) return <SkeletonRows rows={3} />;
    if (!found.data) return <ErrorState error={found.error} retry={() => void found.refetch()} />;
    if (choices.length > 0) {
      return (
        <div className="max-h-72 overflow-y-auto">
          <ChoiceList label="Experiments" value={chosen} choices={choices} onChoose={setChosen} />
        </div>
      );
    }
    return (
      <p className="text-ink-soft text-sm">
        {asked === ''
          ? 'You manage no experiment that is not linked already. Its Owner or a Manager, who is a Manager here too, can link one.'
          : 'None of the experiments that you manage matches.'}
      </p>
    );
  };

  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button look="primary">
          <Link2 aria-hidden /> Link an experiment
        </Button>
      </DialogTrigger>
      <DialogContent
        title="Link an experiment"
        description={`Everybody in ${project.code}, now ${people === 1 ? 'you alone' : `${people} people`}, and whoever is let in later, sees it and downloads its data. The experiment's page of people shows who they are.`}
      >
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            if (choice) link.mutate({ projectId: project.id, experimentId: choice.value });
          }}
        >
          <Input
            type="search"
            aria-label="Search your experiments"
            placeholder="Code, title, keyword or PI"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
          {list()}
          <FormFault error={link.error} />
          <SubmitFooter busy={link.isPending} disabled={!choice}>
            {choice ? `Link ${choice.code}` : 'Link'}
          </SubmitFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
