'use client';
import { useState } from 'react';
import { Field, Input } from '#src/components/ui/input.tsx';
import { LICENCE_DEFAULT_DAYS, LICENCE_MAX_DAYS } from '#src/shared/model/licence-state.ts';
import { FOLDERS, type Folder } from '#src/shared/model/states.ts';

const DAY_MS = 24 * 3600 * 1000;

const FOLDER_MEANS: Readonly<Record<Folder, string>> = {
  raw: 'what detectors measure',
  processed: 'results',
  work: 'intermediate files',
  metadata: 'descriptions of the data',
  auxiliary: 'everything else',
};

export interface Terms {
  folders: Folder[];
  /** "2027-11-21", as date fields write it. */
  lastDay: string;
}

const dayText = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

/** The end of that day, UTC; null while no whole date is typed. */
export function endOfDay(day: string): Date | null {
  const at = new Date(`${day}T23:59:59Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** What is wrong with the day, in a sentence; the server says the same. */
export function dayFault(day: string, nowMs: number): string | undefined {
  const at = endOfDay(day);
  if (!at) return 'Give the last day on which the licence is valid.';
  if (at.getTime() <= nowMs) return 'The licence would have expired already: choose a later day.';
  if (at.getTime() - nowMs > LICENCE_MAX_DAYS * DAY_MS)
    return 'A licence is valid for five years at most: choose an earlier day.';
  return undefined;
}

/** A HUB brings raw data; a SYNC watches a folder of each kind where its configuration names none. */
export const PROPOSED_FOLDERS: Readonly<Record<'hub' | 'sync', readonly Folder[]>> = {
  hub: ['raw'],
  sync: FOLDERS,
};

export function useTerms(folders: readonly Folder[]) {
  return useState<Terms>(() => ({
    folders: [...folders],
    lastDay: dayText(Date.now() + LICENCE_DEFAULT_DAYS * DAY_MS),
  }));
}

/** What a licence permits, and until when. */
export function TermsFields({ terms, onTerms }: { terms: Terms; onTerms: (terms: Terms) => void }) {
  const toggle = (folder: Folder) =>
    onTerms({
      ...terms,
      folders: FOLDERS.filter((each) => (each === folder) !== terms.folders.includes(each)),
    });
  return (
    <>
      <fieldset className="grid gap-1">
        <legend className="font-medium text-ink-soft text-sm">Folders of an experiment it may write</legend>
        <div className="mt-1 grid gap-x-4 sm:grid-cols-2">
          {FOLDERS.map((folder) => (
            <label key={folder} className="flex min-h-7 items-center gap-2 text-sm">
              <input
                type="checkbox"
                checked={terms.folders.includes(folder)}
                onChange={() => toggle(folder)}
                className="accent-(--accent)"
              />
              <span className="font-mono">{folder}</span>
              <span className="text-ink-faint text-xs">{FOLDER_MEANS[folder]}</span>
            </label>
          ))}
        </div>
        {terms.folders.length === 0 && (
          <p role="alert" className="text-failed text-xs">
            Choose at least one folder.
          </p>
        )}
      </fieldset>
      <Field
        label="Valid until"
        hint="The last day (UTC). The cockpit warns two weeks before."
        fault={dayFault(terms.lastDay, Date.now())}
        className="max-w-56"
      >
        {(props) => (
          <Input
            {...props}
            type="date"
            required
            value={terms.lastDay}
            onChange={(event) => onTerms({ ...terms, lastDay: event.currentTarget.value })}
          />
        )}
      </Field>
    </>
  );
}

/** The terms as the server takes them; null while something is wrong with them. */
export function validTerms({ folders, lastDay }: Terms): { folders: Folder[]; expiresAt: Date } | null {
  const expiresAt = endOfDay(lastDay);
  return expiresAt && folders.length > 0 && dayFault(lastDay, Date.now()) === undefined
    ? { folders, expiresAt }
    : null;
}
