import Link from 'next/link';
import { PageFault } from '#src/components/page-fault.tsx';
import { Button } from '#src/components/ui/button.tsx';

export default function NotFound() {
  return (
    <PageFault title="There is nothing here">
      <p>The address may be mistyped, or what was here is not yours to see.</p>
      <Button asChild>
        <Link href="/">Go to the start</Link>
      </Button>
    </PageFault>
  );
}
