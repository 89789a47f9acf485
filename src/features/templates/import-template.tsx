'use client';
import { useMutation } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type FormEvent, useId, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { FormFault } from '#src/components/ui/form-fault.tsx';
import { Label } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { TemplateContent } from '#src/shared/contracts/template-content.ts';
import { FacilityField } from './facility-field.tsx';
import { readTemplateFile } from './template-draft.ts';
import { LANGUAGE_WORDS } from './template-words.ts';
import { useTemplatesLive } from './use-templates-live.ts';

/** No exported file is larger: the script, and its support files in base64. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

async function readChosen(file: File): Promise<TemplateContent> {
  if (file.size > MAX_FILE_BYTES) throw new Error('This is no template: the file is larger than any.');
  return readTemplateFile(await file.text());
}

function ImportForm({ onDone }: { onDone: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const inputId = useId();
  const refresh = useTemplatesLive();
  const [content, setContent] = useState<TemplateContent | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [facility, setFacility] = useState<string | undefined>(undefined);
  const create = useMutation(
    trpc.templates.create.mutationOptions({
      onSuccess: async ({ slug }) => {
        onDone();
        toast.done(`“${content?.name}” is yours now`);
        await refresh();
        router.push(`/templates/${slug}`);
      },
    }),
  );
  const choose = async (file: File | undefined) => {
    create.reset();
    setContent(null);
    setFault(null);
    if (!file) return;
    try {
      setContent(await readChosen(file));
    } catch (error) {
      setFault(error instanceof Error ? error.message : 'The file cannot be read.');
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (content) create.mutate({ content, facility, note: 'Imported' });
  };
  return (
    <form className="grid gap-3" onSubmit={submit}>
      <div className="grid gap-1">
        <Label htmlFor={inputId}>File</Label>
        <input
          id={inputId}
          type="file"
          accept=".json,application/json"
          className="text-sm"
          onChange={(event) => void choose(event.currentTarget.files?.[0])}
        />
      </div>
      {fault !== null && (
        <p role="alert" className="text-failed text-sm">
          {fault}
        </p>
      )}
      {content && (
        <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1 rounded-md border bg-surface px-3 py-2 text-sm">
          <dt className="text-ink-soft">Template</dt>
          <dd className="font-medium">{content.name}</dd>
          <dt className="text-ink-soft">Written in</dt>
          <dd>{LANGUAGE_WORDS[content.language]}</dd>
          <dt className="text-ink-soft">Inputs</dt>
          <dd>{content.parameters.map(({ label }) => label).join(', ') || 'none'}</dd>
          <dt className="text-ink-soft">Support files</dt>
          <dd>{content.files.map(({ path }) => path).join(', ') || 'none'}</dd>
        </dl>
      )}
      <FacilityField value={facility} onChoose={setFacility} />
      <FormFault error={create.error} />
      <SubmitFooter busy={create.isPending} disabled={content === null}>
        Import
      </SubmitFooter>
    </form>
  );
}

/** Makes a template of one's own from an exported file. */
export function ImportTemplate() {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button>
          <FileUp aria-hidden /> Import
        </Button>
      </DialogTrigger>
      <DialogContent
        title="Import a template"
        description="A file that was exported from a Beamdeck. Look at a script of others before you run it: it can read the experiment you run it in."
      >
        <ImportForm onDone={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  );
}
