import { connect } from 'node:net';
import { HUB } from '../agent/agent-program.ts';
import type { HubConfig } from '../agent/config.ts';
import type { LocalStatus } from '../local/local-control.ts';
import { checkFolder, checkLicence, type Finding, TIMEOUT_MS } from './check-agent.ts';
import { checkWatchedFolders, checkWatchLimit } from './check-folders.ts';
import { checkWays } from './check-ways.ts';

/**
 * Everything that can be known here: folders, licence, the ways to server and store, who listens at the detectors, and of
 * watched folders whether they can be read and whether the system tells of changes.
 * @param running what the running HUB of this state folder says; null when none runs
 */
export async function checkConfig(config: HubConfig, running: LocalStatus | null): Promise<Finding[]> {
  const findings: Finding[] = [{ ok: true, text: `${config.file} has no fault` }];
  findings.push(checkFolder('state folder', config.stateDir));
  if (config.buffer.dir !== null) findings.push(checkFolder('buffer', config.buffer.dir));
  findings.push(checkLicence(config, HUB, running));
  findings.push(...(await checkWays(config, running)));
  for (const { name, mode, endpoints, metadata } of config.detectors) {
    const dialled = [...(mode === 'bind' ? [] : endpoints), ...(metadata === null ? [] : [metadata])];
    for (const endpoint of dialled) findings.push(await checkDetector(name, endpoint));
  }
  findings.push(...(await checkWatchedFolders(config.folders)));
  if (config.folders.length > 0) findings.push(checkWatchLimit());
  return findings;
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
