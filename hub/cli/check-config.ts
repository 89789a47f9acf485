import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import type { HubConfig } from '../agent/config.ts';
import { HttpTransport } from '../agent/http-transport.ts';
import { readLicence } from '../agent/licence-file.ts';

export interface Finding {
  ok: boolean;
  text: string;
}

const TIMEOUT_MS = 5000;

/** Everything that can be known before the HUB is started: folders, licence, the way to the server, who listens at the detectors. */
export async function checkConfig(config: HubConfig): Promise<Finding[]> {
  const findings: Finding[] = [{ ok: true, text: `${config.file} has no fault` }];
  findings.push(checkFolder('state folder', config.stateDir));
  if (config.buffer.dir !== null) findings.push(checkFolder('buffer', config.buffer.dir));
  findings.push(checkLicence(config));
  findings.push(await checkServer(config));
  for (const { name, mode, endpoints } of config.detectors) {
    if (mode === 'bind') continue;
    for (const endpoint of endpoints) findings.push(await checkDetector(name, endpoint));
  }
  return findings;
}

/** A folder that is not there yet is made at the start, if the next one above can be written. */
function checkFolder(what: string, folder: string): Finding {
  let nearest = folder;
  while (!existsSync(nearest)) nearest = path.dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    if (!statSync(nearest).isDirectory())
      return { ok: false, text: `${what} ${folder}: ${nearest} is no folder` };
    return { ok: true, text: `${what} ${folder} can be written` };
  } catch {
    return { ok: false, text: `${what} ${folder}: this account may not write in ${nearest}` };
  }
}

function checkLicence({ licenceFile, instrument, stateDir }: HubConfig): Finding {
  if (licenceFile === null) return { ok: true, text: 'this HUB has a token of its own and needs no licence' };
  const isEnrolled = existsSync(path.join(stateDir, 'identity.json'));
  try {
    const { payload } = readLicence(licenceFile, { instrument, bound: null, nowMs: Date.now() });
    const until = payload.expiresAt.slice(0, 10);
    const state = isEnrolled ? 'enrolled' : 'to be exchanged at the next start';
    return {
      ok: true,
      text: `licence for ${payload.name} of ${payload.instrument.name} until ${until}, ${state}`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: isEnrolled, text: isEnrolled ? `enrolled; the licence file is not needed (${why})` : why };
  }
}

async function checkServer({ serverUrl, uplink }: HubConfig): Promise<Finding> {
  const transport = new HttpTransport(uplink);
  try {
    const request = {
      method: 'GET' as const,
      url: serverUrl,
      body: null,
      headers: {},
      idleTimeoutMs: TIMEOUT_MS,
    };
    const { status } = await transport.send(request);
    return { ok: status < 500, text: `${serverUrl} answers (HTTP ${status})` };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, text: `the server cannot be reached: ${why}` };
  } finally {
    transport.close();
  }
}

/** A connection takes no message away: that begins with ZeroMQ's handshake. */
function checkDetector(name: string, endpoint: string): Promise<Finding> {
  const { hostname, port } = new URL(endpoint.replace(/^tcp:/, 'http:'));
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port), timeout: TIMEOUT_MS });
    const done = (ok: boolean, text: string) => {
      socket.destroy();
      resolve({ ok, text: `detector ${name}, ${endpoint}: ${text}` });
    };
    socket.on('connect', () => done(true, 'somebody listens there'));
    socket.on('timeout', () => done(false, 'no answer; is it on, and no firewall between?'));
    socket.on('error', (error) => done(false, error.message));
  });
}
