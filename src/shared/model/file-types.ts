/** What a file is, as its name tells; the names are what a listing is narrowed by. */
export const FILE_TYPES = {
  hdf5: { word: 'HDF5', extensions: ['h5', 'hdf5', 'hdf', 'nxs', 'nx', 'cxi'] },
  frame: { word: 'Detector images', extensions: ['cbf', 'tif', 'tiff', 'img', 'edf', 'mccd'] },
  picture: { word: 'Pictures', extensions: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'svg'] },
  table: { word: 'Tables', extensions: ['csv', 'tsv'] },
  text: {
    word: 'Text and logs',
    // XDS writes its logs as CORRECT.LP and its input as XDS.INP.
    extensions: [
      ...['txt', 'log', 'md', 'dat', 'inp', 'lp', 'py', 'sh', 'toml', 'yml', 'yaml', 'ini', 'cfg', 'xml'],
      ...['js', 'ts', 'out', 'err', 'sca', 'hkl', 'ahkl', 'phil', 'cif', 'pdb', 'poni'],
    ],
  },
  json: { word: 'JSON', extensions: ['json', 'expt', 'geojson'] },
  report: { word: 'Reports', extensions: ['html', 'htm', 'pdf'] },
  reflections: { word: 'Reflections', extensions: ['mtz', 'refl', 'stream'] },
  archive: { word: 'Archives', extensions: ['zip', 'gz', 'tar', 'tgz', 'bz2', 'xz', 'zst'] },
} as const;

export type FileType = keyof typeof FILE_TYPES;

/** What files may be narrowed to. */
export const FILE_CHOICES = [...(Object.keys(FILE_TYPES) as FileType[]), 'other'] as const;
/** What a listing of a folder may be narrowed to. */
export const ENTRY_CHOICES = ['folder', 'dataset', ...FILE_CHOICES] as const;
export type EntryChoice = (typeof ENTRY_CHOICES)[number];

const BY_EXTENSION = new Map<string, FileType>(
  (Object.keys(FILE_TYPES) as FileType[]).flatMap((type) =>
    FILE_TYPES[type].extensions.map((extension) => [extension, type] as const),
  ),
);
export const KNOWN_EXTENSIONS: readonly string[] = [...BY_EXTENSION.keys()];

/** "h5" of "run_1_master.h5"; empty where the name has none. */
export const extensionOf = (name: string): string =>
  /\.([a-z0-9]{1,16})$/i.exec(name)?.[1]?.toLowerCase() ?? '';

export const fileType = (name: string): FileType | 'other' => BY_EXTENSION.get(extensionOf(name)) ?? 'other';

/** What a listing of a folder may be ordered by; datasets and folders stand before files in each. */
export const ENTRY_ORDERS = ['name', 'size', 'time', 'kind'] as const;
export type EntryOrder = (typeof ENTRY_ORDERS)[number];
