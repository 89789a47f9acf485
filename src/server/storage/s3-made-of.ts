/** What an object was made of: reference, CRC32C and ETag (without quotes) of the part. It counts when the object has the same ETag. */
export interface MadeOf {
  ref: string;
  crc32c: string;
  etag: string;
}

const NAME = 'beamdeck-upload';
const textOf = ({ ref, crc32c, etag }: MadeOf) => `${ref}/${crc32c}/${etag}`;

/** The metadata that say it. */
export const madeOfMetadata = (from: MadeOf): Record<string, string> => ({ [NAME]: textOf(from) });

/** The same as a header of a put that takes only a free key. */
export const newObjectHeaders = (from: MadeOf): Record<string, string> => ({
  'if-none-match': '*',
  [`x-amz-meta-${NAME}`]: textOf(from),
});

/** Null for an object that was made in another way. */
export function madeOfIn(metadata: Readonly<Record<string, string>> = {}): MadeOf | null {
  const [ref, crc32c, etag] = (metadata[NAME] ?? '').split('/');
  return ref && crc32c && etag ? { ref, crc32c, etag } : null;
}
