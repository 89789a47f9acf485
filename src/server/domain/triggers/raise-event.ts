import { z } from 'zod';
import type { Transaction } from '../../db/client.ts';
import { enqueueEvent } from './trigger-event.repository.ts';

const datasetId = z.uuid();

/** What has happened, as it waits in the queue. */
export const raisedEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('dataset.started'), datasetId }),
  z.object({ event: z.literal('dataset.frames'), datasetId }),
  /** Of a grid it is the end of the grid too, when it was its last. */
  z.object({ event: z.literal('dataset.finished'), datasetId }),
  z.object({ event: z.literal('job.finished'), jobId: z.uuid() }),
  z.object({
    event: z.literal('file.stored'),
    files: z.array(z.object({ fileId: z.uuid(), version: z.int() })),
  }),
  z.object({ event: z.literal('experiment.finished'), experimentId: z.uuid(), finishedAt: z.iso.datetime() }),
]);
export type RaisedEvent = z.output<typeof raisedEventSchema>;

/** Tells the triggers of an instrument what has happened; in the transaction of it, so that both are kept or neither. */
export async function raiseEvent(tx: Transaction, instrumentId: string, event: RaisedEvent): Promise<void> {
  const one = (key: string) => enqueueEvent(tx, { instrumentId, events: [event.event], payload: event, key });
  switch (event.event) {
    case 'dataset.started':
      return one(`started:${event.datasetId}`);
    case 'dataset.frames':
      // What waits already will see these frames too: one task, however many files come.
      return one(`frames:${event.datasetId}`);
    case 'dataset.finished':
      return enqueueEvent(tx, {
        ...{ instrumentId, events: null },
        ...{ payload: event, key: event.datasetId },
      });
    case 'job.finished':
      return one(`job:${event.jobId}`);
    case 'file.stored': {
      const [first] = event.files;
      return first ? one(`files:${first.fileId}:${first.version}`) : undefined;
    }
    case 'experiment.finished':
      return one(`experiment:${event.experimentId}:${event.finishedAt}`);
  }
}
