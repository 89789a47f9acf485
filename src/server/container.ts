import type { Pool } from 'pg';
import type { ServerConfig } from './config/schema.ts';
import { storeOrigins } from './config/store-origins.ts';
import { type Database, openDatabase } from './db/client.ts';
import { type AgentsService, createAgentsService } from './domain/agents/agents.service.ts';
import { type ControlService, createControlService } from './domain/agents/control.service.ts';
import { FacilityKeys } from './domain/agents/facility-keys.ts';
import { type CopiesService, createCopiesService } from './domain/copies/copies.service.ts';
import { type CustodyService, createCustodyService } from './domain/custody/custody.service.ts';
import { createDatasetsService, type DatasetsService } from './domain/datasets/datasets.service.ts';
import {
  createExperimentsService,
  type ExperimentsService,
} from './domain/experiments/experiments.service.ts';
import { createMembersService, type MembersService } from './domain/experiments/members.service.ts';
import { createSamplesService, type SamplesService } from './domain/experiments/samples.service.ts';
import { createFilesService, type FilesService } from './domain/files/files.service.ts';
import { createIngestService, type IngestService } from './domain/ingest/ingest.service.ts';
import { type CockpitService, createCockpitService } from './domain/instruments/cockpit.service.ts';
import {
  createInstrumentsService,
  type InstrumentsService,
} from './domain/instruments/instruments.service.ts';
import { createJobsService, type JobsService } from './domain/jobs/jobs.service.ts';
import { createLiveService, type LiveService } from './domain/live/live.service.ts';
import { createPeopleService, type PeopleService } from './domain/people/people.service.ts';
import { createTokensService, type TokensService } from './domain/tokens/tokens.service.ts';
import { LiveHub } from './events/live-hub.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createStore } from './storage/create-store.ts';
import type { ObjectStore } from './storage/object-store.port.ts';

/** Every service of the product. */
export interface Services {
  agents: AgentsService;
  control: ControlService;
  ingest: IngestService;
  datasets: DatasetsService;
  copies: CopiesService;
  custody: CustodyService;
  files: FilesService;
  experiments: ExperimentsService;
  members: MembersService;
  samples: SamplesService;
  instruments: InstrumentsService;
  cockpit: CockpitService;
  jobs: JobsService;
  people: PeopleService;
  live: LiveService;
  tokens: TokensService;
}

/**
 * The composition root: the one place that knows which drivers there are and how the services fit together. Entry points
 * (route handlers, workers, data server, scripts) take what they need from here; nothing else imports a driver.
 */
export interface Container extends Services {
  config: ServerConfig;
  log: Logger;
  db: Database;
  pool: Pool;
  store: ObjectStore;
  close(): Promise<void>;
}

export interface ServiceParts {
  config: Pick<ServerConfig, 'webUrl' | 'demo' | 'secret'> & Parameters<typeof storeOrigins>[0];
  db: Database;
  store: ObjectStore;
  hub: LiveHub;
}

/** The services on these parts. */
export function createServices({ config, db, store, hub }: ServiceParts): Services {
  const keys = new FacilityKeys(config.secret);
  const members = createMembersService({ db });
  const people = createPeopleService({ db, webUrl: config.webUrl, demo: config.demo });
  const files = createFilesService({ db, store });
  return {
    agents: createAgentsService({ db, keys, webUrl: config.webUrl }),
    control: createControlService({ db, hub, keys, storeOrigins: storeOrigins(config) }),
    ingest: createIngestService({ db, store }),
    datasets: createDatasetsService({ db, store }),
    custody: createCustodyService({ db, store }),
    copies: createCopiesService({ db, files }),
    files,
    experiments: createExperimentsService({ db }),
    members,
    samples: createSamplesService({ db }),
    instruments: createInstrumentsService({ db }),
    cockpit: createCockpitService({ db, members }),
    jobs: createJobsService({ db }),
    people,
    live: createLiveService({ db, hub, isSessionLive: people.isSessionLive }),
    tokens: createTokensService({ db }),
  };
}

export function createContainer(config: ServerConfig, name: string): Container {
  const log = createLogger(name, config.logLevel);
  const database = openDatabase(config.databaseUrl, { max: config.dbPool, name, log });
  const { db } = database;
  const store = createStore(config);
  const hub = new LiveHub({ db, databaseUrl: config.databaseUrl, log });
  return {
    config,
    log,
    db,
    pool: database.pool,
    store,
    ...createServices({ config, db, store, hub }),
    close: async () => {
      await hub.close();
      await database.close();
    },
  };
}
