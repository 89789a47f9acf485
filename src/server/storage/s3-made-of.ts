/** What an object was made of: reference, CRC32C and ETag (without quotes) of the part. It counts when the object has the same ETag. */
export interface MadeOf {
  ref: string;
  crc32c: string;
  etag: string;
}

/** The metadata that say it. */
export const madeOfMetadata = ({ ref, crc32c, etag }: MadeOf): Record<string, string> => ({
  'beamdeck-upload': `${ref}/${crc32c}/${etag}`,
});

/** Null for an object that was made in another way. */
export function madeOfIn(metadata: Readonly<Record<string, string>> = {}): MadeOf | null {
  const [ref, crc32c, etag] = (metadata['beamdeck-upload'] ?? '').split('/');
  return ref && crc32c && etag ? { ref, crc32c, etag } : null;
}
