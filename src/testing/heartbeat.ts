import type { HeartbeatRequest } from '../shared/contracts/agent-api.ts';

/** The heartbeat of an agent that has just started and has nothing to tell, but for `changes`. */
export function heartbeatOf(changes: Partial<HeartbeatRequest> = {}): HeartbeatRequest {
  const at = new Date().toISOString();
  return {
    sentAt: at,
    startedAt: at,
    version: '0.1.0',
    clock: { offsetMs: 0, roundTripMs: 1 },
    buffer: { usedBytes: 0, maxBytes: 1, dir: '/buffer' },
    queue: { files: 0, bytes: 0 },
    rates: { receivedBytesPerS: 0, uploadedBytesPerS: 0, framesPerS: 0 },
    detectors: [],
    lastError: null,
    reports: [],
    ...changes,
  };
}
