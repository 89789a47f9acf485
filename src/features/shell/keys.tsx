'use client';
import { useEffect, useRef } from 'react';
import { create } from 'zustand';

export interface KeyBinding {
  /**
   * "j", "ArrowRight", "Shift+ArrowRight", "Mod+k" (Ctrl, or ⌘ on a Mac), or two strokes one after the other: "g e".
   * Letters are compared as typed, so that "?" and "+" work on every keyboard.
   */
  keys: string;
  /** What it does, for the list of keys: "next frame". */
  does: string;
  run: (event: KeyboardEvent) => void;
  /** Also while typing in a field, for keys with Mod. */
  whileTyping?: boolean;
}

interface KeyGroup {
  id: number;
  title: string;
  bindings: readonly KeyBinding[];
}

/** Groups now on screen, the newest last: of two that want a key the newest gets it. */
export const useKeyGroups = create<{ groups: readonly KeyGroup[] }>(() => ({ groups: [] }));
let lastId = 0;

/**
 * Keys of a page or panel while it is mounted; `?` lists them under `title`. Bindings may be made anew on every render.
 * Keys do nothing while somebody types, or while a dialog or menu is open.
 */
export function useKeys(title: string, bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  const shape = JSON.stringify(
    bindings.map(({ keys, does, whileTyping }) => [keys, does, whileTyping ?? false]),
  );
  useEffect(() => {
    const parts = JSON.parse(shape) as [string, string, boolean][];
    lastId += 1;
    const id = lastId;
    const group: KeyGroup = {
      id,
      title,
      bindings: parts.map(([keys, does, whileTyping], index) => ({
        keys,
        does,
        whileTyping,
        run: (event) => latest.current[index]?.run(event),
      })),
    };
    useKeyGroups.setState(({ groups }) => ({ groups: [...groups, group] }));
    return () =>
      useKeyGroups.setState(({ groups }) => ({ groups: groups.filter((other) => other.id !== id) }));
  }, [title, shape]);
}

/** How a key press is written in a binding: modifiers, then the key. Shift is left out where it only makes another character. */
export function strokeOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>,
): string {
  const mod = event.ctrlKey || event.metaKey;
  const named = event.key.length > 1;
  const key = named || !mod ? event.key : event.key.toLowerCase();
  return [
    ...(mod ? ['Mod'] : []),
    ...(event.altKey ? ['Alt'] : []),
    ...(event.shiftKey && (named || mod) ? ['Shift'] : []),
    key,
  ].join('+');
}

const TYPING =
  'input:not([type=checkbox],[type=radio],[type=range],[type=button]), textarea, select, [contenteditable=true]';
const OVERLAY =
  '[role=dialog][data-state=open], [role=alertdialog][data-state=open], [role=menu][data-state=open]';
/** The second stroke of "g e" must come within this. */
const SEQUENCE_MS = 1200;

function find(sequence: string, typing: boolean, covered: boolean): KeyBinding | null {
  for (const group of useKeyGroups.getState().groups.toReversed()) {
    for (const binding of group.bindings) {
      if (binding.keys !== sequence) continue;
      if ((typing || covered) && !binding.whileTyping) continue;
      return binding;
    }
  }
  return null;
}

/** Once, in the shell: the one listener of the page. */
export function useKeyListener(): void {
  useEffect(() => {
    let first: { stroke: string; atMs: number } | null = null;
    const onKey = (event: KeyboardEvent) => {
      if (
        event.defaultPrevented ||
        event.isComposing ||
        ['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)
      )
        return;
      const typing = event.target instanceof Element && event.target.closest(TYPING) !== null;
      const covered = document.querySelector(OVERLAY) !== null;
      const stroke = strokeOf(event);
      const second =
        first && event.timeStamp - first.atMs < SEQUENCE_MS
          ? find(`${first.stroke} ${stroke}`, typing, covered)
          : null;
      const binding = second ?? find(stroke, typing, covered);
      first = binding ? null : { stroke, atMs: event.timeStamp };
      if (!binding) return;
      event.preventDefault();
      binding.run(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
