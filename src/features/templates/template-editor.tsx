'use client';
import { useMutation } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Field, Input, NativeSelect, Textarea } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import { SCRIPT_NAMES, TEMPLATE_LANGUAGES } from '#src/shared/contracts/template-content.ts';
import { InputLines, MetricLines, OutputLines, RequirementLines } from './declared-lines.tsx';
import { FacilityField } from './facility-field.tsx';
import { ScriptField } from './script-field.tsx';
import { SupportFiles } from './support-files.tsx';
import { readDraft, STARTERS, type TemplateDraft } from './template-draft.ts';
import { LANGUAGE_WORDS } from './template-words.ts';
import { useTemplatesLive } from './use-templates-live.ts';

/** The form of a version: of a new template, or the next one of a template that is there. What was typed stays after an error. */
export function TemplateEditor({
  start,
  edited,
}: {
  start: TemplateDraft;
  edited: { slug: string; version: number; name: string } | null;
}) {
  const trpc = useTRPC();
  const router = useRouter();
  const refresh = useTemplatesLive();
  const [draft, setDraft] = useState(start);
  const [note, setNote] = useState('');
  const [facility, setFacility] = useState<string | undefined>(undefined);
  const [isTold, setTold] = useState(false);
  const done = async (slug: string, words: string) => {
    toast.done(words);
    await refresh();
    router.push(`/templates/${slug}`);
  };
  const create = useMutation(
    trpc.templates.create.mutationOptions({
      onSuccess: ({ slug }) => done(slug, `“${draft.name}” was made`),
    }),
  );
  const save = useMutation(
    trpc.templates.save.mutationOptions({
      onSuccess: ({ version }, { slug }) => done(slug, `Version ${version} is saved`),
    }),
  );
  const change = (part: Partial<TemplateDraft>) => {
    create.reset();
    save.reset();
    setDraft((before) => ({ ...before, ...part }));
  };
  const setLanguage = (language: TemplateDraft['language']) =>
    // A script that was begun stays; the one to start with is exchanged.
    change({
      language,
      ...(draft.script === STARTERS[draft.language] ? { script: STARTERS[language] } : {}),
    });
  const read = readDraft(draft);
  const faults = 'faults' in read ? read.faults : [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTold(true);
    if (!('content' in read)) return;
    const { content } = read;
    if (edited) save.mutate({ slug: edited.slug, version: edited.version, content, note });
    else create.mutate({ content, note, facility });
  };
  return (
    <form noValidate className="h-full overflow-auto" onSubmit={submit}>
      <header className="flex flex-wrap items-center gap-2 px-3 py-3 sm:px-4">
        <h1 className="mr-auto font-semibold text-xl tracking-tight">
          {edited ? `${edited.name}: version ${edited.version + 1}` : 'New template'}
        </h1>
        <Button asChild look="quiet">
          <Link href={edited ? `/templates/${edited.slug}` : '/templates'}>Cancel</Link>
        </Button>
        <Button type="submit" look="primary" busy={create.isPending || save.isPending}>
          {edited ? 'Save as a new version' : 'Make the template'}
        </Button>
      </header>
      <div className="grid max-w-5xl gap-3 px-3 pb-8 sm:px-4">
        {isTold && faults.length > 0 && (
          <ul
            role="alert"
            className="grid gap-1 rounded-md border border-failed/35 bg-failed/8 px-3 py-2 text-failed text-sm"
          >
            {faults.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        )}
        <FormFault error={create.error ?? save.error} />
        <Card>
          <CardHeader title="What it is" />
          <CardBody className="grid items-start gap-3 sm:grid-cols-2">
            <Field label="Name">
              {(props) => (
                <Input
                  {...props}
                  maxLength={80}
                  value={draft.name}
                  onChange={(event) => change({ name: event.currentTarget.value })}
                />
              )}
            </Field>
            <Field label="Written in">
              {(props) => (
                <NativeSelect
                  {...props}
                  value={draft.language}
                  onChange={(event) => setLanguage(event.currentTarget.value as TemplateDraft['language'])}
                >
                  {TEMPLATE_LANGUAGES.map((language) => (
                    <option key={language} value={language}>
                      {LANGUAGE_WORDS[language]}
                    </option>
                  ))}
                </NativeSelect>
              )}
            </Field>
            <Field label="Description" hint="What it does, for whom it is." className="sm:col-span-2">
              {(props) => (
                <Textarea
                  {...props}
                  maxLength={1000}
                  value={draft.description}
                  onChange={(event) => change({ description: event.currentTarget.value })}
                />
              )}
            </Field>
            <Field label="Time limit (minutes)" hint="At most 72 hours; a run is ended after it.">
              {(props) => (
                <Input
                  {...props}
                  inputMode="decimal"
                  value={draft.minutes}
                  onChange={(event) => change({ minutes: event.currentTarget.value })}
                />
              )}
            </Field>
            <Field label="Memory (GiB)" hint="Where no size is chosen for a run; at most 16.">
              {(props) => (
                <Input
                  {...props}
                  inputMode="decimal"
                  value={draft.gibibytes}
                  onChange={(event) => change({ gibibytes: event.currentTarget.value })}
                />
              )}
            </Field>
            <label className="flex items-start gap-2 text-sm sm:col-span-2">
              <input
                type="checkbox"
                className="mt-0.5 size-4"
                checked={draft.network}
                onChange={(event) => change({ network: event.currentTarget.checked })}
              />
              <span className="grid">
                Reaches the network
                <span className="text-ink-soft text-xs">
                  No run does unless its template asks for it here, and an admin of the facility has allowed
                  it of this version.
                </span>
              </span>
            </label>
            {!edited && <FacilityField value={facility} onChoose={setFacility} />}
          </CardBody>
        </Card>
        <ScriptField
          name={SCRIPT_NAMES[draft.language]}
          inputs={draft.inputs}
          value={draft.script}
          onType={(script) => change({ script })}
        />
        <InputLines lines={draft.inputs} onChange={(inputs) => change({ inputs })} />
        <MetricLines lines={draft.metrics} onChange={(metrics) => change({ metrics })} />
        <OutputLines lines={draft.outputs} onChange={(outputs) => change({ outputs })} />
        <RequirementLines lines={draft.requires} onChange={(requires) => change({ requires })} />
        <SupportFiles files={draft.files} onChange={(files) => change({ files })} />
        <Card>
          <CardBody>
            <Field label="What has changed" hint="Stands beside the version; may stay empty.">
              {(props) => (
                <Input
                  {...props}
                  maxLength={300}
                  value={note}
                  onChange={(event) => setNote(event.currentTarget.value)}
                />
              )}
            </Field>
          </CardBody>
        </Card>
      </div>
    </form>
  );
}
