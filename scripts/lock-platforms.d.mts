export interface Lockfile {
  packages: Record<string, Record<string, unknown>>;
}
export function platformOf(name: string): { os?: string[]; cpu: string[]; libc?: string[] };
export function completeLock(lock: Lockfile): {
  lock: Lockfile;
  added: string[];
  marked: number;
  addresses: number;
};
