/** Filters that the library itself undoes. */
const BUILT_IN: Readonly<Record<number, string>> = {
  1: 'gzip',
  2: 'byte shuffle',
  3: 'checksum (Fletcher-32)',
  4: 'SZIP',
  5: 'n-bit',
  6: 'scale-offset',
};

/** Filters that come as plugins, by their registered numbers (HDF Group). */
const PLUGINS: Readonly<Record<number, { name: string; plugin: PluginName }>> = {
  307: { name: 'bzip2', plugin: 'bz2' },
  32000: { name: 'LZF', plugin: 'lzf' },
  32001: { name: 'Blosc', plugin: 'blosc' },
  32004: { name: 'LZ4', plugin: 'lz4' },
  32008: { name: 'bitshuffle', plugin: 'bshuf' },
  32013: { name: 'ZFP', plugin: 'zfp' },
  32015: { name: 'Zstandard', plugin: 'zstd' },
  32019: { name: 'JPEG', plugin: 'jpeg' },
  32022: { name: 'BitGroom', plugin: 'bitgroom' },
  32023: { name: 'BitRound', plugin: 'bitround' },
  32026: { name: 'Blosc2', plugin: 'blosc2' },
};

export const PLUGIN_NAMES = [
  ...([
    'bshuf',
    'lz4',
    'zstd',
    'blosc',
    'blosc2',
    'bz2',
    'lzf',
    'zfp',
    'jpeg',
    'bitgroom',
    'bitround',
  ] as const),
] as const;
export type PluginName = (typeof PLUGIN_NAMES)[number];

export interface FilterFact {
  id: number;
  name: string;
  /** What undoes it: the library, a plugin, or nothing here. */
  by: 'library' | PluginName | null;
}

export function filterFact(id: number, ownName: string): FilterFact {
  const builtIn = BUILT_IN[id];
  if (builtIn) return { id, name: builtIn, by: 'library' };
  const plugin = PLUGINS[id];
  if (plugin) return { id, name: plugin.name, by: plugin.plugin };
  const said = ownName
    .split(/[;:\n]/)[0]!
    .trim()
    .slice(0, 60);
  return { id, name: said === '' ? `filter ${id}` : `${said} (filter ${id})`, by: null };
}
