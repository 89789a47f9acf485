const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A series_unique_id as detectors make it: 26 characters, 10 of the time and 16 of chance (ULID).
 * @param random16 sixteen integers of at least 5 random bits each
 */
export function makeSeriesUniqueId(timeMs: number, random16: ArrayLike<number>): string {
  let time = Math.floor(timeMs);
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = CROCKFORD[time % 32]! + head;
    time = Math.floor(time / 32);
  }
  return head + Array.from({ length: 16 }, (_, i) => CROCKFORD[random16[i]! & 31]).join('');
}
