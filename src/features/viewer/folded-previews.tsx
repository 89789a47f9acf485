'use client';

import { ChevronDown, ChevronUp } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { Button } from '#src/components/ui/button.tsx';
import { PreviewStrip } from './preview-strip.tsx';
import { usePreviews } from './use-previews.ts';

/** Previews below the picture, to find one's way through a long dataset; folded away until somebody wants them. Nothing without any. */
export function FoldedPreviews(strip: ComponentProps<typeof PreviewStrip>) {
  const [open, setOpen] = useState(false);
  const { datasetId, instrumentId, experimentId } = strip;
  if (usePreviews({ datasetId, instrumentId, experimentId, limit: 1 }).length === 0) return null;
  return (
    <div className="grid min-w-0 gap-1">
      <Button
        look="quiet"
        size="sm"
        className="justify-self-start"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {open ? <ChevronDown aria-hidden /> : <ChevronUp aria-hidden />} Previews
      </Button>
      {open && <PreviewStrip {...strip} />}
    </div>
  );
}
