import type { SeriesEndRequest } from '#src/shared/contracts/agent-api.ts';
import type { AttachFilesRequest, FileDatasetOpenRequest } from '#src/shared/contracts/agent-files.ts';
import type { ReportLog } from '../agent/report-log.ts';
import { untilReached } from '../agent/retry-delay.ts';
import { type ServerClient, ServerRefused } from '../agent/server-client.ts';

export type DatasetClient = Pick<ServerClient, 'openFileDataset' | 'attachFiles' | 'endSeries'>;

/** Asks the server about datasets recognised in files: again while it cannot be reached; what it refuses is told, and answers null. */
export class DatasetCalls {
  private readonly client: DatasetClient;
  private readonly reports: ReportLog;

  constructor(client: DatasetClient, reports: ReportLog) {
    this.client = client;
    this.reports = reports;
  }

  /** Id of the dataset. */
  async open(request: FileDatasetOpenRequest, signal: AbortSignal): Promise<string | null> {
    const what = `The dataset ${request.stem}`;
    const opened = await this.ask(what, () => this.client.openFileDataset(request), signal);
    return opened?.datasetId ?? null;
  }

  /** Whether it was accepted. */
  async attach(
    stem: string,
    datasetId: string,
    files: AttachFilesRequest['files'],
    signal: AbortSignal,
  ): Promise<boolean> {
    const ask = () => this.client.attachFiles(datasetId, { files });
    return (await this.ask(`Files of the dataset ${stem}`, ask, signal)) !== null;
  }

  async end(stem: string, datasetId: string, end: SeriesEndRequest, signal: AbortSignal): Promise<boolean> {
    const ask = () => this.client.endSeries(datasetId, end);
    return (await this.ask(`The end of the dataset ${stem}`, ask, signal)) !== null;
  }

  private async ask<T>(what: string, action: () => Promise<T>, signal: AbortSignal): Promise<T | null> {
    try {
      return await untilReached(action, signal, (error) => {
        this.reports.add({
          level: 'error',
          code: 'server-unreachable',
          message: `${what} waits: ${error.message}.`,
        });
      });
    } catch (error) {
      if (!(error instanceof ServerRefused)) throw error;
      this.reports.add({
        level: 'error',
        code: 'dataset-refused',
        message: `${what} is refused: ${error.message} (${error.code}); its files are stored all the same.`,
      });
      return null;
    }
  }
}
