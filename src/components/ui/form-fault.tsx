import { sentenceOf } from '../app-error-of.ts';

/** Why the server refused what was asked, unless a field of the form tells it. */
export function FormFault({ error, isTold = false }: { error: unknown; isTold?: boolean }) {
  if (!error || isTold) return null;
  return (
    <p role="alert" className="text-failed text-sm">
      {sentenceOf(error)}
    </p>
  );
}
