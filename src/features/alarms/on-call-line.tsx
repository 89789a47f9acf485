'use client';
import { Phone, PhoneOff } from 'lucide-react';
import Link from 'next/link';
import { useFacilityZone } from '#src/components/facility-zone.tsx';
import type { OnCallNow } from '#src/server/domain/alarms/duty.ts';
import { onCallWords } from './duty-words.ts';

/** Who is on call now and next, and the way to change it. */
export function OnCallLine({ onCall, slug }: { onCall: OnCallNow; slug: string }) {
  const words = onCallWords(onCall, useFacilityZone());
  const Icon = onCall.now ? Phone : PhoneOff;
  return (
    <span className="inline-flex min-w-0 items-baseline gap-1.5 text-ink-soft text-sm">
      <Icon className="size-4 shrink-0 self-center" aria-hidden />
      <span className="wrap-anywhere min-w-0">
        {words === null ? 'Nobody is on call' : `On call: ${words}`}{' '}
        <Link href={`/instruments/${slug}/alarms`} className="text-accent underline">
          {words === null ? 'set who' : 'rota'}
        </Link>
      </span>
    </span>
  );
}
