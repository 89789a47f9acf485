/** Where the explorer shows an HDF5 file of an experiment. */
export const explorerHref = (code: string, fileId: string): string => `/experiments/${code}/hdf5/${fileId}`;
