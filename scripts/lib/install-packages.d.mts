export function installHash(lockText: string, platform?: string, arch?: string): string;
export function treeMatchesLock(lockText: string, treeText: string): boolean;
export function isInstalled(root: string): boolean;
export function installFault(output: string): string;
/** Resolves with the seconds it took. */
export function installPackages(root: string): Promise<number>;
