'use client';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { saveText } from '#src/components/save-file.ts';
import { Button } from '#src/components/ui/button.tsx';
import { CommandLine } from '#src/components/ui/command-line.tsx';
import { DialogClose, DialogFooter } from '#src/components/ui/dialog.tsx';
import { Status } from '#src/components/ui/status.tsx';

export interface LicenceText {
  fileName: string;
  text: string;
}

const CONFIG_FILE = { hub: 'hub.toml', sync: '/etc/beamdeck/sync.conf' } as const;
const START = {
  hub: 'beamdeck-hub run --config hub.toml',
  sync: 'systemctl enable --now beamdeck-sync',
} as const;

/** The licence file, which can be had here and now only, and what to do with it at the agent's machine. */
export function LicenceMade({ kind, licence }: { kind: 'hub' | 'sync'; licence: LicenceText }) {
  const [saved, setSaved] = useState(false);
  return (
    <>
      <p className="text-ink-soft text-sm">
        The file can be saved <strong className="text-ink">only now</strong>; Beamdeck does not keep it. It is
        good for one enrolment: whoever has it can enrol in the agent's place.
      </p>
      <div className="flex flex-wrap items-center gap-3">
        <Button
          look="primary"
          onClick={() => {
            saveText(licence.text, licence.fileName, 'application/json');
            setSaved(true);
          }}
        >
          <Download aria-hidden /> Save {licence.fileName}
        </Button>
        {saved && <Status tone="ok">saved</Status>}
      </div>
      <div className="grid grid-cols-1 gap-1.5">
        <p className="text-sm">
          At the agent's machine its configuration, <code>{CONFIG_FILE[kind]}</code>, names this server:
        </p>
        <CommandLine>{`server = "${window.location.origin}"`}</CommandLine>
        <p className="text-sm">Then, where the file was brought:</p>
        <CommandLine>{`beamdeck-${kind} enrol ${licence.fileName}`}</CommandLine>
        <CommandLine>{START[kind]}</CommandLine>
      </div>
      <DialogFooter>
        <DialogClose asChild>
          <Button look={saved ? 'primary' : 'quiet'}>{saved ? 'Done' : 'Close without saving'}</Button>
        </DialogClose>
      </DialogFooter>
    </>
  );
}
