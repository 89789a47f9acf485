import type { UploadOpenRequest, UploadOpenResponse } from '#src/shared/contracts/agent-api.ts';
import { type ServerClient, ServerRefused, ServerUnreachable } from './server-client.ts';

type Item = UploadOpenRequest['uploads'][number];
export type Opened = UploadOpenResponse['uploads'][number];

interface Waiting {
  item: Item;
  resolve: (opened: Opened) => void;
  reject: (error: unknown) => void;
}

const MAX_BATCH = 100;

/** Opens uploads in batches: what is asked for while a question is under way goes with the next one. */
export class UploadOpener {
  private readonly client: ServerClient;
  private waiting: Waiting[] = [];
  private asking = false;

  constructor(client: ServerClient) {
    this.client = client;
  }

  open(item: Item): Promise<Opened> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.asking) void this.ask();
    });
  }

  private async ask(): Promise<void> {
    this.asking = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_BATCH);
      try {
        await this.settle(batch);
      } catch (error) {
        // One bad item must not hold up the others: a refused batch is asked again one by one.
        if (error instanceof ServerRefused && batch.length > 1) {
          for (const single of batch) await this.settle([single]).catch(single.reject);
        } else for (const { reject } of batch) reject(error);
      }
    }
    this.asking = false;
  }

  private async settle(batch: Waiting[]): Promise<void> {
    const { uploads } = await this.client.openUploads({ uploads: batch.map(({ item }) => item) });
    const byClient = new Map(uploads.map((upload) => [upload.clientId, upload]));
    for (const { item, resolve, reject } of batch) {
      const opened = byClient.get(item.clientId);
      if (opened) resolve(opened);
      else reject(new ServerUnreachable(`the server did not answer for ${item.path}`));
    }
  }
}
