'use client';
import { useState } from 'react';
import { Field, Input } from '#src/components/ui/input.tsx';
import type { LicenceOwner } from '#src/shared/model/accounting.ts';
import { endOf, typedAmount } from './licence-words.ts';

const TB = 1e12;

export interface TypedTerms {
  lastDay: string;
  hotTb: string;
  archiveTb: string;
  windowDays: string;
}

/** What is typed of the terms, and what it amounts to; null while something is no number or no date. */
export function useTypedTerms(initial: TypedTerms, owner: LicenceOwner, timeZone: string) {
  const [typed, setTyped] = useState(initial);
  const validUntil = endOf(typed.lastDay, timeZone);
  const hotBytes = typedAmount(typed.hotTb || '0', TB);
  const archiveBytes = typedAmount(typed.archiveTb || '0', TB);
  const isFacility = owner === 'facility';
  const processingWindowDays =
    isFacility && typed.windowDays !== '' ? typedAmount(typed.windowDays, 1) : null;
  const windowWrong = isFacility && typed.windowDays !== '' && processingWindowDays === null;
  const isComplete = validUntil && hotBytes !== null && archiveBytes !== null && !windowWrong;
  const terms = isComplete
    ? {
        validUntil,
        hotBytes: isFacility ? hotBytes : 0,
        archiveBytes: isFacility ? archiveBytes : 0,
        processingWindowDays,
      }
    : null;
  return { typed, setTyped, terms };
}

/** Last day; of the facility's own licence storage and processing window too. */
export function LicenceTermsFields({
  typed,
  onTyped,
  owner,
  timeZone,
}: {
  typed: TypedTerms;
  onTyped: (typed: TypedTerms) => void;
  owner: LicenceOwner;
  timeZone: string;
}) {
  const numeric = (name: 'hotTb' | 'archiveTb' | 'windowDays', label: string, hint: string) => (
    <Field label={label} hint={hint}>
      {(props) => (
        <Input
          {...props}
          inputMode="decimal"
          autoComplete="off"
          value={typed[name]}
          onChange={(event) => onTyped({ ...typed, [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      <Field label="Last day" hint={`It ends with this day in ${timeZone}.`}>
        {(props) => (
          <Input
            {...props}
            type="date"
            required
            value={typed.lastDay}
            onChange={(event) => onTyped({ ...typed, lastDay: event.currentTarget.value })}
          />
        )}
      </Field>
      {owner === 'facility' && (
        <>
          <div className="grid items-start gap-3 sm:grid-cols-2">
            {numeric('hotTb', 'Hot storage, TB', 'Online, as measured.')}
            {numeric('archiveTb', 'Archive storage, TB', 'To be restored before reading.')}
          </div>
          {numeric(
            'windowDays',
            'Processing window, days',
            'So long after its end an experiment may be analysed. Empty: the policy of the facility.',
          )}
        </>
      )}
    </>
  );
}
