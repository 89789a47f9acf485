/** The package has no types of its own. */
declare module 'postject' {
  /** Writes `content` into the executable `file` as the resource `name`. */
  export function inject(
    file: string,
    name: string,
    content: Buffer,
    options: { sentinelFuse: string },
  ): Promise<void>;
}
