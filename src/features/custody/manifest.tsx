import { Button } from '#src/components/ui/button.tsx';
import { CommandLine } from '#src/components/ui/command-line.tsx';

/** Address of the list of SHA-256 hashes, and the name the server gives it. */
export function manifestOf(code: string, datasetId: string | null): { href: string; fileName: string } {
  const href = `/api/experiments/${encodeURIComponent(code)}/manifest`;
  return datasetId === null
    ? { href, fileName: `${code}.sha256` }
    : { href: `${href}?dataset=${datasetId}`, fileName: `${code}-${datasetId}.sha256` };
}

/** The hashes of all files, as `sha256sum` writes them, with the one command that checks a copy without Beamdeck. */
export function Manifest({ code, datasetId }: { code: string; datasetId: string | null }) {
  const { href, fileName } = manifestOf(code, datasetId);
  return (
    <section aria-label="Manifest" className="grid gap-2">
      <h3 className="font-semibold text-sm">A copy elsewhere</h3>
      <p className="text-ink-soft text-sm">
        The manifest has one line per file: the SHA-256 computed at its source, and its path in the
        experiment. Put it beside raw, processed and the others of a copy; one command then checks every byte.
      </p>
      <Button asChild className="justify-self-start">
        <a href={href} download>
          Save the manifest
        </a>
      </Button>
      <CommandLine>{`sha256sum -c ${fileName}`}</CommandLine>
    </section>
  );
}
