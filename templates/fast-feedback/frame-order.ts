/** Every 64th first, then those between, and so on: what is told early speaks for the whole series. */
export function* coarseToFine<T>(items: readonly T[]): Generator<T> {
  for (let step = 64; step >= 1; step /= 2) {
    for (let at = 0; at < items.length; at += step) {
      if (step === 64 || at % (2 * step) !== 0) yield items[at]!;
    }
  }
}
