import { loadConfig } from '#src/server/config/config.ts';
import { ClearFault } from '../lib/clear-fault.ts';
import { freePort, type RunningPostgres, startPostgres } from '../lib/embedded-postgres.ts';
import type { DemoSummary } from '../seed.ts';
import type { CommonLog } from './common-log.ts';
import { choosePorts, type DataFolder, readJson, writePrivate } from './data-folder.ts';
import { openDatabaseOfVersion } from './database.ts';
import { addressesOf, processEnvironment } from './environment.ts';
import { writeHubFiles } from './hub-files.ts';
import { LEVEL } from './log-line.ts';
import { DEFAULT_REPLAY_PORT, type UpOptions } from './options.ts';
import { dataServerProgram, hubProgram, simulatorProgram, webProgram, workerProgram } from './programs.ts';
import { claimReplayPort } from './replay-port.ts';
import { endOf, type Running, type Supervisor } from './supervisor.ts';
import { ensureWebBuild } from './web-build.ts';

export interface DemoAccount {
  email: string;
  password: string;
  role: string;
  name: string;
}

/** What `.data/demo.json` holds: enough for a person or a test to use what runs. */
export interface DemoFile {
  web: string;
  data: string;
  hub: { simulator: string | null; replay: string; config: string };
  database: string;
  accounts: DemoAccount[];
  licence: { fileName: string; text: string };
  instrument: DemoSummary['instrument'];
  experiment: DemoSummary['experiment'];
}

/** The web's port: the one asked for, or a sentence when it is taken. */
async function webPortOf(wanted: number): Promise<number> {
  let port: number;
  try {
    port = await freePort(wanted);
  } catch (error) {
    throw new ClearFault(
      `Port ${wanted} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    );
  }
  if (wanted !== 0 && port !== wanted) {
    const why = wanted < 1024 ? 'is in use or reserved for root' : 'is in use by another program';
    throw new ClearFault(
      `Port ${wanted} ${why}: stop that program, or choose another port with npm run up -- --port N.`,
    );
  }
  return port;
}

function asRunning(server: RunningPostgres): Running {
  return {
    name: 'db',
    title: 'the database',
    pid: server.pid,
    exited: endOf(server.process),
    stop: () => server.stop(),
  };
}

async function startDatabase(
  folder: DataFolder,
  port: number,
  supervisor: Supervisor,
  log: CommonLog,
): Promise<RunningPostgres> {
  let current: RunningPostgres | null = null;
  await supervisor.adopt(async () => {
    const server = await startPostgres({
      dir: folder.postgres,
      name: 'beamdeck',
      port: current?.port ?? port,
      // What a statement was refused for is the business of the program that sent it, and is in the file of the log.
      onLog: (line) => log.child('db', line, /^(FATAL|PANIC|WARNING):/.test(line) ? LEVEL.warn : LEVEL.debug),
    });
    if (current !== null && server.port !== current.port) {
      await server.stop();
      throw new ClearFault(
        'The port of the database was taken by another program while it restarted: start Beamdeck again.',
      );
    }
    current = server;
    return asRunning(server);
  });
  return current!;
}

/** Starts everything, in order, each when the one before is ready. Returns what `.data/demo.json` says. */
export async function startAll(
  root: string,
  options: UpOptions,
  folder: DataFolder,
  supervisor: Supervisor,
  log: CommonLog,
): Promise<DemoFile> {
  const webPort = await webPortOf(options.port);
  const ports = await choosePorts(folder);
  const replayPort = await claimReplayPort(options.replayPort);
  if (options.replayPort === null && replayPort !== DEFAULT_REPLAY_PORT)
    log.info(`port ${DEFAULT_REPLAY_PORT} is taken: the HUB expects the replay on port ${replayPort}`);
  const addresses = addressesOf(webPort, ports, replayPort);
  const goOn = () => supervisor.signal.throwIfAborted();

  let server: RunningPostgres | null = null;
  let databaseUrl = process.env.DATABASE_URL;
  if (!databaseUrl) {
    server = await startDatabase(folder, ports.postgres, supervisor, log);
    databaseUrl = server.url;
    log.info('database ready', { port: server.port, where: server.where });
  }
  goOn();
  await openDatabaseOfVersion(root, folder, databaseUrl, server, log);
  goOn();

  const env = await processEnvironment(folder, databaseUrl, webPort, ports, addresses);
  const known = await readJson<DemoFile>(folder.demoFile);
  const { seedDemo } = await import('../seed.ts');
  const summary: DemoSummary = await seedDemo(loadConfig(env), known ?? {});
  log.info('demo facility ready', { accounts: summary.accounts.length });
  const hubConfig = await writeHubFiles(
    folder,
    {
      webUrl: addresses.web,
      simulator: options.simulator ? addresses.simulator : null,
      replay: addresses.replay,
    },
    summary.licence.text,
  );
  // Written at once: passwords exist nowhere else in the clear, and a start may yet be cut short.
  const demo: DemoFile = {
    web: addresses.web,
    data: addresses.data,
    hub: {
      simulator: options.simulator ? addresses.simulator : null,
      replay: addresses.replay,
      config: hubConfig,
    },
    database: databaseUrl,
    accounts: summary.accounts,
    licence: summary.licence,
    instrument: summary.instrument,
    experiment: summary.experiment,
  };
  await writePrivate(folder.demoFile, `${JSON.stringify(demo, null, 2)}\n`);
  goOn();
  await ensureWebBuild(root, env, log, supervisor.signal);
  goOn();

  const input = { root, env, webPort, addresses };
  await supervisor.start(dataServerProgram(input));
  goOn();
  await supervisor.start(workerProgram(input));
  await supervisor.start(webProgram(input));
  goOn();
  await supervisor.start(hubProgram(input, hubConfig));
  const { frames, pauseS } = options;
  if (options.simulator) await supervisor.start(simulatorProgram({ ...input, frames, pauseS }));

  return demo;
}
