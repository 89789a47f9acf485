import superjson from 'superjson';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '#src/shared/errors/app-error.ts';
import { ACCESS_CASES } from './testing/access-cases.ts';
import { type AccessInstallation, accessInstallation } from './testing/access-installation.ts';
import type { Persona } from './testing/access-world.ts';
import { brokenInput } from './testing/broken-input.ts';
import { askInWords, asWeb, isStream } from './testing/canary-doors.ts';
import { randomOf } from './testing/rest-fuzz.ts';
import { undone } from './testing/undone.ts';

const SEED = 20_261_122;
/** For each procedure, by its callers in turn. */
const REQUESTS = 8;

let installation: AccessInstallation;
beforeAll(async () => {
  installation = await accessInstallation('trpc-fuzz');
});
afterAll(() => installation?.close());

type Row = { what: string; input(w: AccessInstallation['w'], me: Persona): unknown };
const PROCEDURES = Object.entries(ACCESS_CASES).flatMap(([area, procedures]) =>
  Object.entries(procedures)
    .map(([name, rows]) => [`${area}.${name}`, rows as readonly Row[]] as const)
    .filter(([path]) => !isStream(path)),
);

/** The body of an answer, which follows its status and headers behind an empty line of none. */
const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.lastIndexOf('\n') + 1));

describe(`${PROCEDURES.length} procedures × ${REQUESTS} broken inputs, seed ${SEED}`, () => {
  it.each(PROCEDURES)('%s: never a 5xx, always a code', async (path, rows) => {
    const { container, hub, undoable, w } = installation;
    const random = randomOf(SEED + PROCEDURES.findIndex(([each]) => each === path));
    const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
    const { running, next, tray, elsewhere, others, instrument, agentId } = w;
    const ids = [
      ...[running.id, running.datasetId, running.fileId, running.jobId, next.id, instrument.id, agentId],
      ...[tray.datasetId, elsewhere.experimentId, elsewhere.agentId, elsewhere.instrumentId],
      ...[others.viewer.id, w.facility.id, '00000000-0000-7000-8000-000000000000'],
    ];
    for (let n = 0; n < REQUESTS; n++) {
      const me = w.personas[pick(['owner', 'staff', 'admin', 'stranger'] as const)];
      // Undefined inputs are those of questions without any.
      const right = superjson.serialize(pick(rows).input(w, me) ?? {});
      const text = JSON.stringify({ ...right, json: brokenInput(right.json, ids, pick) });
      const answer = await undone(undoable, container, hub, (services) =>
        asWeb(services, () => askInWords(services, path, me.headers, text)),
      );
      const status = Number(answer.split('\n', 1)[0]);
      const what = `request ${n} by ${me.name}: ${text.slice(0, 600)}\n${answer.slice(0, 600)}`;
      expect(status, what).toBeLessThan(500);
      if (status < 400) continue;
      const { app } = bodyOf(answer).error.json.data as { app: { code: ErrorCode; requestId: string } };
      expect(ERROR_CODES[app.code]?.status, what).toBe(status);
      expect(app.requestId, what).toEqual(expect.any(String));
      expect(answer, what).not.toMatch(/node_modules|\.ts:\d|select "|insert into/);
    }
  });
});
