import { execFile } from 'node:child_process';
import { appendFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Push } from 'zeromq';
import { socketPath } from '../local/local-server.ts';
import { freePort, type HubRig, until } from '../testing/hub-rig.ts';
import { licensedRig, putLicence } from '../testing/licensed-rig.ts';
import { peerExperiment } from '../testing/peer-authority.ts';
import { imageMessage, startMessage, testSeries, wholeSeries } from '../testing/test-messages.ts';

/** The command line as people start it, beside a HUB that runs. */
let rig: HubRig;
beforeEach(async () => {
  rig = await licensedRig();
  putLicence(rig);
  writeFileSync(
    rig.config.file,
    [
      `server = "${rig.peer.url}"`,
      'licence_file = "licence.json"',
      'instrument = "peer"',
      'state_dir = "state"',
      '[[detector]]',
      'name = "detector-1"',
      'protocol = "stream-v2"',
      `endpoints = ["${rig.endpoint}"]`,
    ].join('\n'),
  );
});
afterEach(async () => {
  await rig.dispose();
});

interface Outcome {
  code: number;
  out: string;
  err: string;
}

function beamdeckHub(...words: string[]): Promise<Outcome> {
  const entry = path.join(import.meta.dirname, 'index.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...words, '--config', rig.config.file], (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

const seriesIds = () => rig.datasets().map(({ request: { seriesId } }) => seriesId);

it('switches experiments without the server; the server is told before it hears of data taken since', async () => {
  const first = peerExperiment('PEER26-00001');
  const second = peerExperiment('PEER26-00002', { upload: 'off', uploadSince: new Date().toISOString() });
  const startedAt = new Date(Date.now() - 3_600_000).toISOString();
  rig.peer.authority.control({
    experiments: [first, second, peerExperiment('PEER26-00003', { state: 'closed' })],
    activations: [{ experimentId: first.id, startedAt, endedAt: null }],
  });
  rig.peer.storesSiteSwitches = false;
  rig.start();
  await until('a measured clock', () => rig.hub!.status().clock.offsetMs !== null);
  await until('the instructions', () => rig.hub!.status().controlRevision !== null);
  const listed = await beamdeckHub('experiments');
  expect(listed.out).toMatch(/^\* PEER26-00001 .*\n {2}PEER26-00002 /);
  expect(listed.out).not.toContain('PEER26-00003');
  expect(await beamdeckHub('activate', 'PEER26-00009')).toMatchObject({
    code: 1,
    err: expect.stringContaining('No open experiment of this instrument is called "PEER26-00009"'),
  });

  expect(await beamdeckHub('activate', 'PEER26-00002')).toMatchObject({
    code: 0,
    out: 'PEER26-00002 is active from now on.\n',
  });
  expect((await beamdeckHub('status')).out).toMatch(/experiment +PEER26-00002 \(switched on site, since /);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await rig.send(wholeSeries(testSeries(1), 2));
  // Obeyed at once: the second experiment is switched off.
  await until('what is held', () => rig.hub!.status().held[0]?.because === 'experiment-off');

  // What began within a second of a switch is nobody's, and sent.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await beamdeckHub('activate', first.id);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await rig.send(wholeSeries(testSeries(2), 2));
  await until('two switches told', () => rig.peer.lastHeartbeat?.siteSwitches?.length === 2);
  expect(rig.peer.lastHeartbeat!.siteSwitches!.map(({ experimentId }) => experimentId)).toEqual([
    second.id,
    first.id,
  ]);
  expect(seriesIds()).toEqual([]);
  rig.peer.storesSiteSwitches = true;
  await until('the series of the first experiment', () => rig.datasets()[0]?.end != null);
  expect(seriesIds()).toEqual([2]);
  await until('nothing left to tell', () => rig.peer.lastHeartbeat?.siteSwitches?.length === 0);
}, 60_000);

it('pause and resume stop and continue uploading; the status says so', async () => {
  rig.start();
  await until('the instructions', () => rig.hub!.status().controlRevision !== null);
  expect((await beamdeckHub('pause')).code).toBe(0);
  await rig.send(wholeSeries(testSeries(1), 2));
  await until('what is held', () => rig.hub!.status().held[0]?.because === 'site-paused');
  expect((await beamdeckHub('status')).out).toMatch(/uploading +paused \(on site\)[\s\S]*held +1 file,/);
  await rig.stop();
  rig.start();
  expect(rig.hub!.status().uploads?.mode).toBe('paused');
  expect((await beamdeckHub('resume')).code).toBe(0);
  await until('the series', () => rig.datasets()[0]?.end != null);
  expect(statSync(socketPath(rig.config.stateDir)).mode & 0o777).toBe(0o600);
  await until('the report', () => rig.codes().includes('resumed-on-site'));
});

it('hears a detector that nobody else listens to, and takes nothing from the running HUB', async () => {
  const endpoint = `tcp://127.0.0.1:${await freePort()}`;
  const push = new Push({ linger: 0 });
  try {
    await push.bind(endpoint);
    const listening = beamdeckHub('check', endpoint, '--seconds', '3');
    const series = testSeries(1);
    await push.send(startMessage(series));
    await push.send(imageMessage(series, 0));
    expect(await listening).toMatchObject({
      code: 0,
      out: expect.stringContaining('(1 start, 1 image) in 3 s'),
    });
  } finally {
    push.close();
  }
  const unheard = await beamdeckHub('check', `tcp://127.0.0.1:${await freePort()}`, '--seconds', '1');
  expect(unheard).toMatchObject({ code: 1, out: expect.stringContaining('nothing answers') });

  rig.start();
  await until('the detector', () => rig.hub!.status().detectors[0]?.state === 'connected');
  await rig.send(wholeSeries(testSeries(1), 2));
  await until('the series', () => rig.datasets()[0]?.end != null);
  const own = await beamdeckHub('check', rig.endpoint);
  expect(own).toMatchObject({
    code: 0,
    out: expect.stringMatching(/so it was asked[\s\S]*connected, 4 messages/),
  });
}, 60_000);

it('checks the configuration, and names each thing that is not good', async () => {
  const good = await beamdeckHub('check');
  expect(good).toMatchObject({ code: 0, err: '' });
  expect(good.out.match(/^good /gm)).toHaveLength(6);
  expect(good.out).toMatch(
    /^good +the clocks of this machine and of 127\.0\.0\.1:\d+ are less than \d s apart$/m,
  );
  await rig.peer.close();
  writeFileSync(rig.config.licenceFile!, '{}');
  appendFileSync(rig.config.file, '\n[landing]\npath = "absent"\n');
  const bad = await beamdeckHub('check');
  // The limit of watches, which matters now, depends on the machine.
  expect(bad).toMatchObject({ code: 1, err: expect.stringMatching(/^[34] of 7 are not good\.\n$/) });
  expect(bad.out).toMatch(/BAD +folder landing, .*absent: it is not there/);
  expect(bad.out).toMatch(/BAD +.*is no licence/);
  expect(bad.out).toMatch(/BAD +the server cannot be reached/);
  writeFileSync(rig.config.file, 'sever = "x"\n');
  expect(await beamdeckHub('check')).toMatchObject({
    code: 2,
    err: expect.stringContaining('unknown key "sever"'),
  });
});

it('puts a licence in its place and tells what came of it', async () => {
  writeFileSync(rig.config.licenceFile!, '');
  const file = path.join(rig.folder, 'from-the-web-app.json');
  writeFileSync(file, rig.peer.authority.licence());
  expect(await beamdeckHub('status')).toMatchObject({
    code: 1,
    err: expect.stringContaining('No HUB is running'),
  });
  rig.start();
  await until('the refusal', () => rig.hub!.status().lastError?.code === 'licence-refused');
  expect(await beamdeckHub('enrol', file)).toMatchObject({
    code: 0,
    out: 'Enrolled as HUB of the peer of peer.\n',
  });
  expect(await beamdeckHub('enrol', rig.config.file)).toMatchObject({
    code: 1,
    err: expect.stringContaining('is no licence'),
  });
});

it('help, version and a wrong command', async () => {
  expect((await beamdeckHub('--help')).out).toContain('activate ID|none');
  expect((await beamdeckHub('version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await beamdeckHub('colour')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no command "colour"'),
  });
  expect(await beamdeckHub('status', '--colour')).toMatchObject({ code: 2 });
});

it('the page on site shows and changes nothing, and is for this machine alone', async () => {
  const port = await freePort();
  rig.config = { ...rig.config, local: { port } };
  rig.start();
  const ask = (method: string, url: string, host = `127.0.0.1:${port}`) =>
    new Promise<{ status: number; policy: string; body: string }>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, method, path: url, headers: { host } }, (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += String(chunk);
        });
        response.on('end', () => {
          const policy = String(response.headers['content-security-policy']);
          resolve({ status: response.statusCode ?? 0, policy, body });
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  const page = await ask('GET', '/');
  expect(page.status).toBe(200);
  expect(page.policy).toContain("default-src 'none'");
  for (const [, file] of page.body.matchAll(/(?:href|src)="([^"]+)"/g))
    expect((await ask('GET', file!)).status).toBe(200);
  expect(JSON.parse((await ask('GET', '/status.json')).body)).toMatchObject({ server: rig.peer.url });
  expect((await ask('POST', '/pause')).status).toBe(405);
  expect((await ask('GET', '/status.json', 'evil.example.org')).status).toBe(403);
  expect((await ask('GET', '/../local-server.ts')).status).toBe(404);
});
