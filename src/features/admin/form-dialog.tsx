'use client';
import { type ReactNode, useState } from 'react';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';

/** A dialog with a form in it, which closes when what is typed there has been taken. */
export function FormDialog({
  opener,
  title,
  description,
  onDone,
  form,
}: {
  opener: ReactNode;
  title: string;
  description?: string;
  /** Told the name of what was made or changed. */
  onDone: (name: string) => void;
  form: (onDone: (name: string) => void) => ReactNode;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{opener}</DialogTrigger>
      <DialogContent title={title} description={description}>
        {form((name) => {
          setOpen(false);
          onDone(name);
        })}
      </DialogContent>
    </Dialog>
  );
}

/** The form in it. What is refused stands as the error of its mutation, below the fields. */
export function SubmittedForm({ submit, children }: { submit: () => Promise<void>; children: ReactNode }) {
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        submit().catch(() => {
          // Told below the fields.
        });
      }}
    >
      {children}
    </form>
  );
}
