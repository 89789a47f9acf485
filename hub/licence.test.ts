import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type HubRig, until } from './testing/hub-rig.ts';
import { licensedRig, putLicence } from './testing/licensed-rig.ts';
import { storedFrames } from './testing/stored-frames.ts';
import { testSeries, wholeSeries } from './testing/test-messages.ts';

/** Refused or not yet allowed: nothing is sent, nothing is lost, and it goes on by itself when the reason is gone. */
let rig: HubRig;
beforeEach(async () => {
  rig = await licensedRig();
});
afterEach(async () => {
  await rig.dispose();
});

const FRAMES = 12;
/** What the HUB knows went wrong last, without a server to tell. */
const lastError = () => rig.hub!.status().lastError;
const refusedWith = (text: RegExp) =>
  until(`a refusal like ${text}`, () => {
    const error = lastError();
    return error?.code === 'licence-refused' && text.test(error.message);
  });

async function receive(): Promise<void> {
  await rig.send(wholeSeries(testSeries(1), FRAMES));
  await until('the frames in the buffer', () => rig.hub!.status().detectors[0]!.frames === FRAMES);
}

async function expectStored(): Promise<void> {
  await until('the end of the series', () => rig.datasets()[0]?.end != null, 30_000);
  expect(rig.datasets()).toHaveLength(1);
  expect(storedFrames(rig, rig.datasets()[0]!.datasetId, 'threshold_1').size).toBe(FRAMES);
  expect(rig.peer.violations).toEqual([]);
}

it('enrols itself while the detector sends already, and keeps its token for itself alone', async () => {
  await rig.peer.close();
  putLicence(rig);
  rig.start();
  await receive();
  await rig.peer.listen();
  await expectStored();
  const identity = path.join(rig.config.stateDir, 'identity.json');
  expect(statSync(identity).mode & 0o777).toBe(0o600);
  expect(readFileSync(identity, 'utf8')).toContain(rig.peer.authority.tokens[0]);
  await rig.stop();
  // The licence is not needed any more.
  writeFileSync(rig.config.licenceFile!, 'no licence');
  rig.start();
  await rig.send(wholeSeries(testSeries(2), 2));
  await until('the second series', () => rig.datasets()[1]?.end != null);
  expect(rig.peer.authority.tokens).toHaveLength(1);
});

it('a licence that is not there, is no licence or was changed is refused; the right one is noticed', async () => {
  rig.start();
  await receive();
  await refusedWith(/There is no licence .*put the file from the web app there/);
  writeFileSync(rig.config.licenceFile!, '{"beamdeckLicence":1,"payload":"e30","signature":"AA"}');
  await refusedWith(/is no licence, or not whole/);
  const text = putLicence(rig);
  const { payload, ...rest } = JSON.parse(text) as { payload: string };
  const changed = Buffer.from(payload, 'base64url').toString().replace('"name":"HUB', '"name":"HAB');
  writeFileSync(
    rig.config.licenceFile!,
    JSON.stringify({ ...rest, payload: Buffer.from(changed).toString('base64url') }),
  );
  await refusedWith(/was changed.*from the web app once more/);
  expect(rig.datasets()).toEqual([]);
  putLicence(rig);
  await expectStored();
}, 60_000);

it('a licence for another instrument, for another kind of agent, or out of date is refused', async () => {
  rig.config = { ...rig.config, instrument: 'peer' };
  putLicence(rig, {
    instrument: { id: '00000000-0000-4000-8000-000000000002', slug: 'other', name: 'Other' },
  });
  rig.start();
  await receive();
  await refusedWith(/for the instrument "other", and the configuration says "peer"/);
  putLicence(rig, { kind: 'sync' });
  await refusedWith(/for a SYNC, not for a HUB/);
  // The clock has not been compared with the server's yet, so that only a licence that is long over is known to be.
  putLicence(rig, { expiresAt: '2020-01-01T00:00:00.000Z' });
  await refusedWith(/expired on 2020-01-01: ask staff for a new one/);
  expect(rig.datasets()).toEqual([]);
  putLicence(rig);
  await expectStored();
}, 60_000);

it('a licence used before is refused with the word of the server; a new one is taken without a restart', async () => {
  const text = putLicence(rig);
  rig.peer.authority.enrol({
    licence: JSON.parse(text) as unknown,
    host: 'another-machine',
    version: 'test',
    agentKey: 'k'.repeat(43),
  });
  rig.start();
  await receive();
  await refusedWith(/used before, on another-machine\. Ask staff for a new licence/);
  putLicence(rig);
  await expectStored();
}, 60_000);

it('when the answer is lost, the same licence is exchanged again, also by the next process', async () => {
  putLicence(rig);
  let lost = 0;
  rig.peer.fault = ({ path }) => (path.endsWith('/enrol') && ++lost <= 2 ? 'answer-lost' : null);
  rig.start();
  await until('a lost answer', () => lost > 0);
  await rig.stop();
  expect(rig.codes()).not.toContain('enrolled');
  rig.start();
  await receive();
  await expectStored();
  expect(lost).toBeGreaterThan(2);
  expect(rig.codes()).not.toContain('licence-refused');
}, 60_000);

it('revoked in the middle of a series: told, kept, and sent when it is restored', async () => {
  putLicence(rig);
  rig.start();
  const [start, ...rest] = wholeSeries(testSeries(1), FRAMES);
  await rig.send([start!, ...rest.slice(0, 4)]);
  await until('the series at the server', () => rig.datasets().length === 1);
  rig.peer.authority.refusal = { code: 'LICENCE_REVOKED', message: 'The licence was revoked: moved away.' };
  rig.peer.authority.wake();
  await refusedWith(/moved away\. Ask staff to restore it/);
  await rig.send(rest.slice(4));
  await until('all frames', () => rig.hub!.status().detectors[0]!.frames === FRAMES);
  const held = () => rig.hub!.status().held;
  await until('what is held', () => held()[0]?.because === 'licence');
  expect(rig.datasets()[0]!.end).toBeNull();
  rig.peer.authority.refusal = null;
  await expectStored();
  await until('nothing held', () => held().length === 0);
}, 60_000);

it('data of one instrument never go to another: a licence for it is refused with what to do', async () => {
  putLicence(rig);
  rig.start();
  await until('enrolment', () => rig.codes().includes('enrolled'));
  putLicence(rig, {
    instrument: { id: '00000000-0000-4000-8000-000000000002', slug: 'other', name: 'Other' },
  });
  await refusedWith(/the state folder holds data of "peer".*another state_dir/);
  await receive();
  await expectStored();
}, 60_000);

it('a damaged file of its identity is no reason to fall over: the licence is tried again', async () => {
  mkdirSync(rig.config.stateDir, { recursive: true });
  writeFileSync(path.join(rig.config.stateDir, 'identity.json'), '{"agentId"');
  putLicence(rig);
  rig.start();
  await receive();
  await expectStored();
});
