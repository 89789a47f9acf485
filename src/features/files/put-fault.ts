import type { ExperimentState } from '#src/shared/model/states.ts';
import { allows, type Role } from '#src/shared/permissions/permission-table.ts';

/** Why nothing can be put into a folder or changed in it, in a sentence; null when it can. The server decides by the same rules. */
export function putFault({
  path,
  code,
  roles,
  state,
}: {
  path: string;
  code: string;
  roles: readonly Role[];
  state: ExperimentState;
}): string | null {
  if (!allows('file.upload', roles)) {
    return `Your role in ${code} lets you look and download. A Member may upload: ask a Manager.`;
  }
  if (state === 'closed') return `${code} is Closed: nothing is put into it any more.`;
  if (path === '') return 'Open a folder first: processed, work, metadata or auxiliary.';
  if (path === 'raw' || path.startsWith('raw/')) {
    return 'Raw data come from the instrument alone. Put files into processed, work, metadata or auxiliary.';
  }
  return null;
}
