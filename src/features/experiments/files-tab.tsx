'use client';
import { FileBrowser } from '#src/features/files/index.ts';
import { useExperiment } from './experiment-context.ts';

/** The files of the experiment one is on. */
export function FilesTab() {
  const { id, code, instrument, roles, state } = useExperiment();
  return (
    <FileBrowser experimentId={id} code={code} instrumentId={instrument.id} roles={roles} state={state} />
  );
}
