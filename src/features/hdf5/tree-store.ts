import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Hdf5Client, Hdf5Fault } from './hdf5-client.ts';
import { groupsAbove, type Listing, mergeListing } from './tree-model.ts';

export interface TreeState {
  listings: ReadonlyMap<string, Listing>;
  open: ReadonlySet<string>;
  /** Children are looked into in stretches of this many. */
  show(path: string): void;
  toggle(path: string, isOpen: boolean): void;
  /** A line without its facts has come into sight. */
  want(group: string, index: number): void;
  /** Reads again what could not be read, or is asked to be. */
  again(): void;
}

export type TreeStore = StoreApi<TreeState>;

/** Of the worker (ROWS_AT_ONCE): named here too, since the page must not load what the worker does. */
const STRETCH = 200;

export function createTreeStore(client: Hdf5Client): TreeStore {
  const asked = new Set<string>();
  return createStore<TreeState>((set, get) => {
    const put = (group: string, listing: Listing) =>
      set(({ listings }) => ({ listings: new Map(listings).set(group, listing) }));

    async function load(group: string, from: number): Promise<void> {
      const key = `${from} ${group}`;
      if (asked.has(key)) return;
      asked.add(key);
      try {
        const listing = await client.ask('list', { path: group, from });
        put(group, mergeListing(get().listings.get(group), listing));
      } catch (error) {
        asked.delete(key);
        const fault = error instanceof Hdf5Fault ? error.message : 'It could not be read.';
        if (from === 0) put(group, { names: [], rows: new Map(), fault });
      }
    }
    const opened = (paths: readonly string[]) => {
      set(({ open }) => ({ open: new Set([...open, ...paths]) }));
      for (const path of paths) void load(path, 0);
    };
    return {
      listings: new Map(),
      open: new Set(['/']),
      show: (path) => {
        const missing = ['/', ...groupsAbove(path)].filter((group) => !get().open.has(group));
        if (missing.length > 0) opened(missing);
        void load('/', 0);
      },
      toggle: (path, isOpen) => {
        if (isOpen) opened([path]);
        else set(({ open }) => ({ open: new Set([...open].filter((one) => one !== path)) }));
      },
      want: (group, index) => void load(group, Math.floor(index / STRETCH) * STRETCH),
      again: () => {
        asked.clear();
        set({ listings: new Map() });
        for (const group of get().open) void load(group, 0);
      },
    };
  });
}
