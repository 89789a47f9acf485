import { heartbeatOf } from '#src/testing/heartbeat.ts';
import { dataFile } from '#src/testing/ingest-world.ts';
import { testContext } from '#src/testing/test-context.ts';
import { canaryWord } from './canary-words.ts';
import type { CanaryWorld } from './canary-world.ts';

/** What happens at an instrument in a day, in every group at once, with a word of the group in all that is written. */
export async function dayAtTheInstrument({ container, w, groups }: CanaryWorld): Promise<void> {
  const system = testContext();
  const { experiments, samples, invitations, custody, jobs } = container;
  const inEach = { running: w.running, next: w.next, ...groups };
  for (const [name, { id: experimentId }] of Object.entries(inEach)) {
    const { version } = await experiments.get(system, { experimentId });
    const title = canaryWord(name, 'experiment', 'title');
    await experiments.edit(system, { experimentId, version, title });
    await samples.upsert(system, { experimentId, samples: [{ name: canaryWord(name, 'sample', 'name') }] });
    await invitations.invite(system, { experimentId, to: `${name}@invited.example.org`, role: 'viewer' });
    await experiments.setUpload(system, { experimentId, enabled: false, held: 'send' });
    await custody.startVerification(system, { experimentId });
  }
  for (const [name, { id: experimentId, datasetId }] of Object.entries({ ...groups, running: w.running })) {
    const { jobId } = await jobs.runTemplate(system, {
      ...{ experimentId, datasetId, templateSlug: 'fast-feedback' },
      // Its dataset never ends, and the day does not wait a minute for more frames.
      parameters: { patienceS: 5 },
    });
    if (name !== 'before') await jobs.cancel(system, { jobId });
  }

  const measured = async (name: string, startedAt: string) => {
    const opened = await w.ingest.openSeries(
      w.agentContext,
      w.series({
        startedAt,
        prefix: `${canaryWord(name, 'dataset', 'base')}/run_1`,
        sampleName: canaryWord(name, 'sample', 'name'),
        userData: { comment: canaryWord(name, 'dataset', 'user_data') },
        framesExpected: 10,
      }),
    );
    await w.sendAndComplete(opened, dataFile(1, 0, 10));
    await w.ingest.endSeries(w.agentContext, {
      ...{ datasetId: opened.datasetId, endedAt: new Date().toISOString(), ending: 'end-message' },
      ...{ framesReceived: 10, missing: [], lost: [] },
    });
    return opened.datasetId;
  };
  await measured('running', new Date().toISOString());
  await measured('before', '2025-03-04T00:00:00Z');
  await measured('tray', '2025-12-02T00:00:00Z');
  // Nobody's at first: the words are of those whose it becomes.
  const strayed = await measured('next', '2025-12-03T00:00:00Z');
  await custody.reassign(w.as('staff'), {
    ...{ datasetId: strayed, experimentId: w.next.id, reason: canaryWord('next', 'reassignment', 'reason') },
  });

  const message = canaryWord('agents', 'agent_report', 'message');
  const report = {
    level: 'error',
    code: 'series-timeout',
    detector: null,
    seriesKey: null,
    count: 1,
  } as const;
  await w.agents.heartbeat(
    w.agentContext,
    heartbeatOf({
      reports: [{ ...report, id: system.newId(), at: new Date().toISOString(), message }],
      lastError: { at: new Date().toISOString(), code: 'series-timeout', message },
    }),
  );
}
