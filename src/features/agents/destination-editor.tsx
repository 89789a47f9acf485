'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { AgentView } from '#src/server/domain/agents/agent-view.ts';
import { type Destination, type DestinationSource, destinationPath } from '#src/shared/model/destination.ts';
import {
  type DestinationValues,
  type SourceKind,
  TEMPLATE_NAMES,
  templateFaults,
} from '#src/shared/model/destination-template.ts';
import { FOLDERS, type Folder } from '#src/shared/model/states.ts';

const EXAMPLE_PATHS: Readonly<Record<SourceKind, string>> = {
  stream: 'lyso/run_1',
  folder: 'lyso/run_1_0001.cbf',
};
/** Only a stream says these. */
const STREAM_ONLY: readonly string[] = ['detector', 'series'];

interface Example {
  path: string;
  sample: string;
}

function exampleValues(source: DestinationSource, example: Example, timeZone: string): DestinationValues {
  const isStream = source.kind === 'stream';
  return {
    at: new Date(),
    timeZone,
    experiment: 'ABC26-7K2QF',
    source: source.name,
    detector: isStream ? source.name : null,
    series: isStream ? 17 : null,
    sample: example.sample,
    path: example.path,
  };
}

/** The names a template may hold, each with what it stands for; a click puts it at the end. */
function Names({ kind, onChoose }: { kind: SourceKind; onChoose: (name: string) => void }) {
  const names = Object.entries(TEMPLATE_NAMES).filter(
    ([name]) => kind === 'stream' || !STREAM_ONLY.includes(name),
  );
  return (
    <ul
      className="grid max-h-44 gap-x-3 overflow-y-auto rounded-md border p-1 text-xs sm:grid-cols-2"
      aria-label="Names"
    >
      {names.map(([name, means]) => (
        <li key={name}>
          <button
            type="button"
            className="flex w-full items-baseline gap-2 rounded-sm px-1.5 py-0.5 text-left hover:bg-hover"
            onClick={() => onChoose(name)}
          >
            <code className="shrink-0">{`{${name}}`}</code>
            <span className="text-ink-soft">{means}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function EditorForm({
  agent,
  source,
  current,
  onDone,
}: {
  agent: AgentView;
  source: DestinationSource;
  current: Destination;
  onDone: () => void;
}) {
  const trpc = useTRPC();
  const timeZone = useFacilityZone();
  const [folder, setFolder] = useState<Folder>(current.folder);
  const [template, setTemplate] = useState(current.template);
  const [example, setExample] = useState<Example>({ path: EXAMPLE_PATHS[source.kind], sample: 'lyso-1' });
  const set = useMutation(trpc.agents.setDestination.mutationOptions({ onSuccess: onDone }));
  const faults = templateFaults(template, source.kind);
  const permitted = agent.licence?.folders ?? FOLDERS;
  const changed = folder !== current.folder || template !== current.template;
  const result =
    faults.length === 0
      ? destinationPath({ folder, template }, exampleValues(source, example, timeZone), source.kind)
      : null;
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate({ agentId: agent.id, source: source.name, kind: source.kind, folder, template });
      }}
    >
      <div className="grid grid-cols-[8rem_minmax(0,1fr)] items-start gap-2">
        <Field label="Folder">
          {(props) => (
            <NativeSelect
              {...props}
              value={folder}
              onChange={(event) => setFolder(event.currentTarget.value as Folder)}
            >
              {FOLDERS.map((each) => (
                <option key={each} value={each} disabled={!permitted.includes(each)}>
                  {each}
                  {permitted.includes(each) ? '' : ' (not in the licence)'}
                </option>
              ))}
            </NativeSelect>
          )}
        </Field>
        <Field label="Template below it" fault={faults.length > 0 ? faults.join(' ') : undefined}>
          {(props) => (
            <Input
              {...props}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              value={template}
              onChange={(event) => setTemplate(event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      <Names kind={source.kind} onChoose={(name) => setTemplate((text) => `${text}{${name}}`)} />
      <fieldset className="grid gap-2 rounded-md border p-2">
        <legend className="px-1 text-ink-soft text-xs">What it makes of an example</legend>
        <div className="grid gap-2 sm:grid-cols-2">
          <Field label={source.kind === 'stream' ? 'Name in the stream' : 'File below the watched folder'}>
            {(props) => (
              <Input
                {...props}
                className="font-mono"
                value={example.path}
                onChange={(event) => setExample({ ...example, path: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label="Sample">
            {(props) => (
              <Input
                {...props}
                value={example.sample}
                onChange={(event) => setExample({ ...example, sample: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
        <output className="wrap-anywhere block min-h-6 rounded-sm bg-sunken px-2 py-1 font-mono text-xs">
          {result ?? '—'}
        </output>
      </fieldset>
      <FormFault error={set.error} />
      <p className="text-ink-soft text-xs">
        Counts from the next acquisition on: what is under way stays where it began, what is stored stays
        where it is.
      </p>
      <SubmitFooter busy={set.isPending} disabled={!changed || faults.length > 0}>
        Set from the next acquisition on
      </SubmitFooter>
    </form>
  );
}

/** Changes where the data of one source go: faults as one types, and what becomes of an example. */
export function DestinationEditor({
  agent,
  source,
  current,
  refresh,
}: {
  agent: AgentView;
  source: DestinationSource;
  current: Destination;
  refresh: () => void;
}) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button size="sm" aria-label={`Change the destination of ${source.name}`}>
          Change
        </Button>
      </DialogTrigger>
      <DialogContent
        className="max-w-2xl"
        title={`Destination of ${source.name}`}
        description={
          source.kind === 'stream'
            ? 'Where in the experiment the series of this detector go.'
            : 'Where in the experiment the files of this folder go.'
        }
      >
        <EditorForm
          agent={agent}
          source={source}
          current={current}
          onDone={() => {
            setOpen(false);
            toast.done(`The next acquisitions of ${source.name} go there`);
            refresh();
            void queryClient.invalidateQueries(trpc.agents.destinations.queryFilter({ agentId: agent.id }));
          }}
        />
      </DialogContent>
    </Dialog>
  );
}
