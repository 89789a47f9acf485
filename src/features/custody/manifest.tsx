'use client';
import { FileCheck2 } from 'lucide-react';
import { Button } from '#src/components/ui/button.tsx';
import { CommandLine } from '#src/components/ui/command-line.tsx';
import { Dialog, DialogContent, DialogTrigger } from '#src/components/ui/dialog.tsx';

/** Address of the list of SHA-256 hashes, and the name it is saved under. */
export function manifestOf(code: string, dataset: { id: string; base: string } | null) {
  const query = dataset ? `?dataset=${dataset.id}` : '';
  const of = dataset ? `-${dataset.base.replace(/^.*\//, '')}` : '';
  return { href: `/api/experiments/${code}/manifest${query}`, fileName: `${code}${of}.sha256` };
}

/** The hashes of all files of an experiment or a dataset, as `sha256sum` writes them, with the one command that checks a copy. */
export function Manifest({
  code,
  dataset,
  size,
}: {
  code: string;
  /** Null: all files of the experiment. */
  dataset: { id: string; base: string } | null;
  size?: 'sm' | 'md';
}) {
  const { href, fileName } = manifestOf(code, dataset);
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button size={size}>
          <FileCheck2 aria-hidden /> Manifest
        </Button>
      </DialogTrigger>
      <DialogContent
        title={dataset ? `Manifest of ${dataset.base.replace(/^raw\//, '')}` : `Manifest of ${code}`}
        description="One line per file: the SHA-256 that was computed at its source, and its path in the experiment. With it anybody can check a copy without Beamdeck."
      >
        <Button look="primary" asChild className="justify-self-start">
          <a href={href} download={fileName}>
            Save {fileName}
          </a>
        </Button>
        <p className="text-sm">Check a copy, in the folder that holds raw, processed and the others:</p>
        <CommandLine>{`sha256sum -c ${fileName}`}</CommandLine>
      </DialogContent>
    </Dialog>
  );
}
