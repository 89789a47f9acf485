/** The name without its folders, which repeat it at most beamlines. */
const lastSegment = (base: string) => base.replace(/^.*\//, '');

/** How rows are called, by their path: the last segment where that tells them apart, else the path without its first folder. */
export function shortNames(bases: readonly string[]): ReadonlyMap<string, string> {
  const pathsOf = new Map<string, Set<string>>();
  for (const base of bases) {
    const name = lastSegment(base);
    pathsOf.set(name, (pathsOf.get(name) ?? new Set()).add(base));
  }
  return new Map(
    bases.map((base) => {
      const name = lastSegment(base);
      return [base, pathsOf.get(name)!.size === 1 ? name : base.replace(/^[^/]*\//, '')];
    }),
  );
}
