'use client';
import { useMutation } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { fieldFaultsOf, sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogTrigger,
} from '#src/components/ui/dialog.tsx';
import { Field, Input, NativeSelect } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';

interface InstrumentChoice {
  id: string;
  name: string;
}

/** For staff: an experiment in Preparation, whose PI becomes Owner. What was typed stays when the server finds a fault. */
export function NewExperiment({
  instruments,
  onMade,
}: {
  instruments: readonly InstrumentChoice[];
  onMade: () => void;
}) {
  const trpc = useTRPC();
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [instrumentId, setInstrumentId] = useState(instruments[0]?.id ?? '');
  const [title, setTitle] = useState('');
  const [piEmail, setPiEmail] = useState('');
  const [keywords, setKeywords] = useState('');
  const create = useMutation(
    trpc.experiments.create.mutationOptions({
      onSuccess: (made) => {
        setOpen(false);
        setTitle('');
        setPiEmail('');
        setKeywords('');
        toast.done(`${made.code} was created`);
        onMade();
        router.push(`/experiments/${made.code}`);
      },
    }),
  );
  const faults = create.isError ? fieldFaultsOf(create.error) : {};
  const known = Object.keys(faults).length > 0;
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button look="primary">
          <Plus aria-hidden /> New experiment
        </Button>
      </DialogTrigger>
      <DialogContent
        title="New experiment"
        description="One visit or measurement session. It begins in Preparation."
      >
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate({
              instrumentId,
              title,
              piEmail,
              keywords: keywords
                .split(',')
                .map((word) => word.trim())
                .filter(Boolean),
            });
          }}
        >
          {instruments.length > 1 && (
            <Field label="Instrument">
              {(props) => (
                <NativeSelect
                  {...props}
                  value={instrumentId}
                  onChange={(event) => setInstrumentId(event.currentTarget.value)}
                >
                  {instruments.map((each) => (
                    <option key={each.id} value={each.id}>
                      {each.name}
                    </option>
                  ))}
                </NativeSelect>
              )}
            </Field>
          )}
          <Field label="Title" fault={faults.title}>
            {(props) => (
              <Input
                {...props}
                required
                maxLength={200}
                value={title}
                onChange={(event) => setTitle(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field
            label="Principal investigator"
            hint="E-mail of an account; becomes Owner."
            fault={faults.piEmail ?? (create.isError && !known ? sentenceOf(create.error) : undefined)}
          >
            {(props) => (
              <Input
                {...props}
                type="email"
                required
                autoComplete="off"
                value={piEmail}
                onChange={(event) => setPiEmail(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Keywords" hint="Separated by commas." fault={faults.keywords}>
            {(props) => (
              <Input
                {...props}
                value={keywords}
                onChange={(event) => setKeywords(event.currentTarget.value)}
              />
            )}
          </Field>
          <DialogFooter>
            <DialogClose asChild>
              <Button look="quiet">Cancel</Button>
            </DialogClose>
            <Button type="submit" look="primary" busy={create.isPending}>
              Create experiment
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
