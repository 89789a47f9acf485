import { CopyButton } from '#src/components/ui/copy-button.tsx';

const COMMAND = 'npm run admin -- create you@example.org';

/** A new installation: nobody can administer it yet, and only its operator can change that. */
export function NoAdminNote() {
  return (
    <section className="grid gap-2 rounded-md border border-warn/40 bg-warn/8 p-3 text-sm">
      <p>
        <strong className="font-semibold">Nobody administers this installation yet.</strong> On the server, in
        the folder of Beamdeck, run this with your own address. It prints a link to set a password.
      </p>
      <div className="flex items-center gap-1 rounded-md border bg-sunken py-1 pr-1 pl-2.5">
        <code className="overflow-x-auto whitespace-nowrap text-xs">{COMMAND}</code>
        <CopyButton text={COMMAND} what="the command" className="ml-auto" />
      </div>
    </section>
  );
}
