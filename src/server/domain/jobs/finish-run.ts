import { constants } from 'node:os';
import type { RunObservation } from '../../compute/compute.port.ts';
import type { Transaction } from '../../db/client.ts';
import { recordAudit } from '../../events/outbox.repository.ts';
import type { ServiceContext } from '../context.ts';
import { raiseEvent } from '../triggers/raise-event.ts';
import { decideResult } from './dataset-result.ts';
import { findJob, type JobRow, transitionJob } from './job.repository.ts';
import { announceJob } from './job-events.ts';
import type { RunJob } from './job-lease.repository.ts';
import { logTail } from './job-log.repository.ts';
import { forgetProvisional } from './provisional.repository.ts';
import { freeBecause, settleJob } from './settle-job.ts';

export type RunVerdict = { state: 'succeeded' } | { state: 'failed'; code: string; message: string };

/** Above 128 a shell, and the sandbox, tell so of the signal that ended a program. */
function exitCodeWords(code: number | null): string {
  const signal = Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0];
  return signal ? `${code} (${signal})` : `${code}`;
}

/** What the end of a run means for its job. */
export function verdictOf(seen: RunObservation): RunVerdict {
  if (seen.state === 'lost') {
    return { state: 'failed', code: 'lost', message: seen.reason ?? 'The run vanished.' };
  }
  if (seen.ending === 'exited' && seen.exitCode === 0) return { state: 'succeeded' };
  if (seen.ending === 'exited') {
    const message = seen.reason ?? `The program ended with exit code ${exitCodeWords(seen.exitCode)}.`;
    return { state: 'failed', code: seen.signal ? 'signal' : 'exit-code', message };
  }
  return { state: 'failed', code: seen.ending ?? 'unknown', message: seen.reason ?? 'The run ended.' };
}

const TAIL_LINES = 50;
const TAIL_CHARACTERS = 8000;

/** The last lines of the log: the part people copy into a message for help. */
async function failureTail(tx: Transaction, jobId: string): Promise<string> {
  const chunks = await logTail(tx, jobId, { bytes: 4 * TAIL_CHARACTERS, pieces: 200 });
  const text = chunks.map((chunk) => chunk.text).join('');
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n').slice(-TAIL_CHARACTERS);
}

/**
 * Gives a job its final state with everything that goes with it, what it costs too; the caller's transaction holds the lease. Null when it has one already
 * (somebody cancelled it while its results were stored).
 */
export async function finishJob(
  tx: Transaction,
  ctx: ServiceContext,
  input: {
    run: RunJob;
    owner: string;
    verdict: RunVerdict;
    seen: Pick<RunObservation, 'exitCode' | 'startedAt' | 'finishedAt' | 'use'>;
  },
): Promise<JobRow | null> {
  const { run, owner, verdict, seen } = input;
  const now = ctx.now();
  const ended = await transitionJob(
    tx,
    run.job.id,
    verdict.state,
    {
      exitCode: seen.exitCode,
      startedAt: seen.startedAt ?? run.job.startedAt,
      finishedAt: seen.finishedAt ?? now,
      usedCpuMs: seen.use?.cpuMs ?? null,
      peakMemoryBytes: seen.use?.peakMemoryBytes ?? null,
      leaseOwner: null,
      leaseUntil: null,
      ...(verdict.state === 'succeeded'
        ? { progress: 1 }
        : {
            failure: {
              code: verdict.code,
              message: verdict.message,
              tail: await failureTail(tx, run.job.id),
            },
          }),
    },
    owner,
  );
  if (!ended) return null;
  await forgetProvisional(tx, ended.id);
  const free = verdict.state === 'failed' ? freeBecause(verdict.code) : null;
  const row = await settleJob(tx, ctx, ended, free);
  if (verdict.state === 'succeeded' && row.datasetId !== null) await decideResult(tx, ctx, row.datasetId);
  await recordAudit(tx, ctx, {
    action: 'job.finish',
    entityKind: 'job',
    entityId: row.id,
    experimentId: row.experimentId,
    detail: {
      state: row.state,
      exitCode: row.exitCode,
      failure: verdict.state === 'failed' ? verdict.code : null,
      isolation: row.isolation,
      ...{ chargedCpuMs: row.chargedCpuMs, unchargedCpuMs: row.unchargedCpuMs },
    },
  });
  await announceJob(tx, ctx, row, run.instrumentId);
  await raiseEvent(tx, run.instrumentId, { event: 'job.finished', jobId: row.id });
  return row;
}

/** Fails a job that never got a run. */
export async function failUnstarted(
  tx: Transaction,
  ctx: ServiceContext,
  run: RunJob,
  owner: string,
  message: string,
): Promise<void> {
  const seen = { exitCode: null, startedAt: null, finishedAt: null, use: null };
  const verdict: RunVerdict = { state: 'failed', code: 'start-failed', message };
  if (await findJob(tx, run.job.id)) await finishJob(tx, ctx, { run, owner, verdict, seen });
}
