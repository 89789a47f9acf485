'use client';
import { useEffect } from 'react';
import { create } from 'zustand';
import type { Crumb } from './navigation.ts';

/** What the page now shown is called; null while its address says enough. */
export const usePageLabelStore = create<{ label: string | null }>(() => ({ label: null }));

/** Names the page in the header where its address holds only an id; null leaves it to the address. */
export function usePageLabel(label: string | null): void {
  useEffect(() => {
    usePageLabelStore.setState({ label });
    return () => usePageLabelStore.setState({ label: null });
  }, [label]);
}

/** The way to this page, its last step called as the page calls itself; null: as the address says. */
export function withLastLabel(crumbs: readonly Crumb[], label: string | null): Crumb[] {
  return crumbs.map((crumb, index) =>
    label !== null && index === crumbs.length - 1 ? { ...crumb, label } : crumb,
  );
}
