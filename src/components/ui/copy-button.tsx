'use client';
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from './button.tsx';

/** Copies `text`; the icon says that it worked, or that the browser refused (no secure origin, no focus). */
export function CopyButton({ text, what, className }: { text: string; what: string; className?: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 1600);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setOutcome('copied'),
      () => setOutcome('refused'),
    );
  const title =
    outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'The browser refused to copy' : `Copy ${what}`;
  return (
    <Button
      look="quiet"
      size="icon-sm"
      title={title}
      aria-label={title}
      onClick={() => void copy()}
      className={className}
    >
      {outcome === 'copied' ? <Check className="text-ok" aria-hidden /> : <Copy aria-hidden />}
    </Button>
  );
}
