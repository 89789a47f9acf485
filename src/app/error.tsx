'use client';
import { PageFault } from '#src/components/page-fault.tsx';
import { Button } from '#src/components/ui/button.tsx';

/** `digest` is the id under which the server logged the cause; the cause itself never comes here. */
export default function PageError({ error, retry }: { error: unknown; retry: () => void }) {
  const digest =
    typeof error === 'object' && error !== null && 'digest' in error ? String(error.digest) : undefined;
  return (
    <PageFault title="This page could not be shown" requestId={digest && `fault ${digest}`}>
      <p>Something went wrong on our side. What you measured is safe: data arrive without this page.</p>
      <Button onClick={retry}>Try again</Button>
    </PageFault>
  );
}
