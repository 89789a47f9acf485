import type { StoredObjects } from '../parts/stored-objects.ts';
import type { Finding } from './findings.ts';
import { judgeFiles } from './judge-files.ts';
import { judgeObjects } from './judge-objects.ts';
import { judgeHeldSeries, judgeSeries } from './judge-series.ts';
import type { Ledger } from './ledger.ts';
import type { StoreView } from './store-view.ts';

/** Compares what was handed over with what database and store say. Empty: nothing lost, nothing unnamed, nothing misplaced, nothing untrue. */
export async function judge(
  ledger: Pick<Ledger, 'series' | 'files'>,
  seen: StoreView,
  store: StoredObjects,
): Promise<Finding[]> {
  const keys = [...seen.objects, ...seen.files, ...seen.otherKeys].map((one) =>
    typeof one === 'string' ? one : one.storeKey,
  );
  const view = { ...seen, folder: await store.asFiles([...new Set(keys)]) };
  return [
    ...ledger.series.flatMap((entry) => judgeSeries(entry, view)),
    ...judgeHeldSeries(ledger.series, view),
    ...judgeFiles(ledger.files.values(), view),
    ...judgeObjects(view),
  ];
}
