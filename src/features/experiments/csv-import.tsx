'use client';
import { FileUp } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import {
  Dialog,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogTrigger,
} from '#src/components/ui/dialog.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { Table, Td, Th, Tr } from '#src/components/ui/table.tsx';
import { type DecodedText, decodeText } from '#src/shared/model/csv-bytes.ts';

export interface ImportOutcome {
  applied: boolean;
  added: number;
  updated: number;
  unchanged: number;
  faults: readonly { line: number; column: string | null; message: string }[];
  /** Of very many only the first are in `faults`. */
  faultsInAll: number;
  /** What is no fault, and yet not as somebody who reads the line would think. */
  notes?: readonly { line: number; message: string }[];
}

/** "12 new, 3 changed, 40 as they are". */
export function outcomeWords({
  added,
  updated,
  unchanged,
}: Pick<ImportOutcome, 'added' | 'updated' | 'unchanged'>): string {
  const parts = [`${added} new`];
  if (updated > 0) parts.push(`${updated} changed`);
  if (unchanged > 0) parts.push(`${unchanged} as they are`);
  return parts.join(', ');
}

/**
 * A table from a file: it is tried as soon as it is chosen, every wrong line is shown, and nothing is written before all of it is right and
 * somebody says so.
 */
export function CsvImport({
  what,
  columns,
  example,
  run,
  onImported,
  children,
}: {
  /** "samples". */
  what: string;
  /** What the columns are. */
  columns: ReactNode;
  /** A small table, to be copied. */
  example: string;
  run: (text: string, dryRun: boolean) => Promise<ImportOutcome>;
  onImported: (outcome: ImportOutcome) => void;
  /** What is to be chosen beside the file. */
  children?: ReactNode;
}) {
  const inputId = useId();
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<DecodedText | null>(null);
  const [outcome, setOutcome] = useState<ImportOutcome | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const attempt = async (text: string, dryRun: boolean) => {
    setBusy(true);
    setFailure(null);
    try {
      const result = await run(text, dryRun);
      setOutcome(result);
      if (!result.applied) return;
      setOpen(false);
      onImported(result);
    } catch (error) {
      setFailure(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  const choose = async (file: File | undefined) => {
    if (!file) return;
    setOutcome(null);
    setFailure(null);
    setChosen(null);
    let decoded: DecodedText;
    try {
      decoded = decodeText(new Uint8Array(await file.arrayBuffer()));
    } catch {
      setFailure(`${file.name} is no text: save the table as CSV.`);
      return;
    }
    setChosen(decoded);
    await attempt(decoded.text, true);
  };
  const isRight = outcome !== null && outcome.faults.length === 0;
  const writes = (outcome?.added ?? 0) + (outcome?.updated ?? 0);

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setChosen(null);
        setOutcome(null);
        setFailure(null);
      }}
    >
      <DialogTrigger asChild>
        <Button>
          <FileUp aria-hidden /> Import CSV
        </Button>
      </DialogTrigger>
      <DialogContent
        className="max-w-2xl"
        title={`Import ${what} from CSV`}
        description="The file is tried first. Nothing is written unless every line is right."
      >
        <p className="text-ink-soft text-sm">{columns}</p>
        <pre className="overflow-x-auto rounded-md border bg-surface p-2 font-mono text-xs">{example}</pre>
        {children}
        <label htmlFor={inputId} className="grid gap-1 font-medium text-ink-soft text-sm">
          File
          <input
            id={inputId}
            type="file"
            accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values"
            className="font-normal text-ink text-sm file:mr-3 file:h-8 file:rounded-md file:border file:border-line-strong file:bg-raised file:px-3 file:text-sm"
            // Emptied before, so that the same file can be chosen again once it was mended.
            onClick={(event) => {
              event.currentTarget.value = '';
            }}
            onChange={(event) => void choose(event.currentTarget.files?.[0])}
          />
        </label>
        {chosen && <p className="text-ink-faint text-xs">Read as {chosen.encoding}.</p>}
        {outcome && outcome.faults.length > 0 && <Faults outcome={outcome} />}
        {isRight && (
          <p role="status" className="text-ok text-sm">
            Every line is right: {outcomeWords(outcome)}.
          </p>
        )}
        {isRight && outcome.notes && outcome.notes.length > 0 && <Notes notes={outcome.notes} />}
        {failure && (
          <p role="alert" className="text-failed text-sm">
            {failure}
          </p>
        )}
        <DialogFooter>
          <DialogClose asChild>
            <Button look="quiet">Cancel</Button>
          </DialogClose>
          <Button
            look="primary"
            busy={busy}
            disabled={!isRight || writes === 0}
            onClick={() => chosen && void attempt(chosen.text, false)}
          >
            {isRight && writes > 0 ? `Import ${writes} ${what}` : 'Import'}
          </Button>
        </DialogFooter>
      </DialogContent>
    </Dialog>
  );
}

function Notes({ notes }: { notes: NonNullable<ImportOutcome['notes']> }) {
  return (
    <ScrollBox className="max-h-56 overflow-y-auto rounded-md border">
      <Table>
        <thead>
          <tr>
            <Th>Line</Th>
            <Th>To know before you import</Th>
          </tr>
        </thead>
        <tbody>
          {notes.map(({ line, message }) => (
            <Tr key={line}>
              <Td className="tabular-nums">{line}</Td>
              <Td>{message}</Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </ScrollBox>
  );
}

function Faults({ outcome: { faults, faultsInAll } }: { outcome: ImportOutcome }) {
  return (
    <div role="alert" className="grid gap-1">
      <p className="font-medium text-failed text-sm">
        {faultsInAll} {faultsInAll === 1 ? 'fault' : 'faults'}: nothing was written. Mend the file and choose
        it again.{faults.length < faultsInAll && ` The first ${faults.length} are:`}
      </p>
      <ScrollBox className="max-h-56 overflow-y-auto rounded-md border">
        <Table>
          <thead>
            <tr>
              <Th>Line</Th>
              <Th>Column</Th>
              <Th>What is wrong</Th>
            </tr>
          </thead>
          <tbody>
            {faults.map(({ line, column, message }) => (
              <Tr key={`${line} ${column} ${message}`}>
                <Td className="tabular-nums">{line}</Td>
                <Td className="font-mono text-xs">{column}</Td>
                <Td>{message}</Td>
              </Tr>
            ))}
          </tbody>
        </Table>
      </ScrollBox>
    </div>
  );
}
