import { z } from 'zod';

/**
 * Live events. Every state change writes one outbox row in its own transaction; a browser holds one subscription and
 * names topics; each topic is authorised when subscribed. An event tells what changed, with enough of the new state to
 * draw it; whoever missed events asks again for the whole.
 */
export const topicSchema = z.string().regex(/^(instrument|experiment|job|person):[0-9a-f-]{36}$/);
export type Topic = `${'instrument' | 'experiment' | 'job' | 'person'}:${string}`;

export const liveKindSchema = z.enum([
  'agent.heartbeat', // instrument topic; data: { agentId }
  'agent.report', // instrument topic; data: { agentId, code, level }
  'agent.changed', // instrument topic; data: { agentId }: its licence, switch, destinations or commands
  'activation.changed', // instrument and experiment topics; data: { instrumentId, experimentId | null }
  'dataset.changed', // instrument (without names of other groups' data: ids only) and experiment topics; data: { datasetId, state, framesStored, framesExpected }
  'preview.stored', // instrument (ids only) and experiment topics; data: { datasetId, frame }
  'verification.changed', // experiment topic; data: { verificationId, datasetId | null }
  'file.committed', // experiment topic; data: { fileId, path, sizeBytes, datasetId | null, storedAt, committedAt }; of nobody's file the instrument topic, with { fileId, datasetId | null } alone
  'folder.changed', // experiment topic; data: { paths }: folders in which something was made, renamed or moved by people
  'deletion.changed', // experiment topic; data: { experimentId }: a deletion of files was asked for, decided or done
  'job.changed', // experiment, instrument and job topics; data: { jobId, state, progress }
  'trigger.changed', // instrument topic; data: { triggerId, enabled }
  'strategy.changed', // instrument topic; data: { strategyId }; of what an experiment chose instrument and experiment topics; data: { experimentId }
  'template.changed', // person topics of its owner and of who it is shared with; data: { templateId }
  'job.log', // job topic; data: { jobId, seq }
  'experiment.changed', // experiment and instrument topics; data: { experimentId }
  'member.changed', // experiment and person topics; data: { experimentId }
  'alarm.changed', // instrument topic; data: { instrumentId }: an alarm, or who is on call
  'notification.changed', // person topic; no data: what the person was told, has read, or how they are told
  'mail.changed', // person topic of admins and of who wrote it; data: { mailId }: a mail was refused
  'invitation.changed', // experiment and person topics; data: { experimentId }: an invitation, or an offer of the ownership
]);
export type LiveKind = z.infer<typeof liveKindSchema>;

export const liveEventSchema = z.object({
  /** `transaction-sequence`, sortable as the pair of numbers; a subscription resumes behind it. */
  id: z.string(),
  topic: topicSchema,
  kind: liveKindSchema,
  at: z.iso.datetime(),
  data: z.record(z.string(), z.unknown()),
});
export type LiveEvent = z.infer<typeof liveEventSchema>;
