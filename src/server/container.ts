import type { Pool } from 'pg';
import { type OidcConfig, oidcProviders } from './config/oidc-variables.ts';
import type { ServerConfig } from './config/schema.ts';
import { storeOrigins } from './config/store-origins.ts';
import { type Database, openDatabase } from './db/client.ts';
import { createLabsService, type LabsService } from './domain/accounting/labs.service.ts';
import { createLicencesService, type LicencesService } from './domain/accounting/licences.service.ts';
import { createProfilesService, type ProfilesService } from './domain/accounting/profiles.service.ts';
import {
  createSponsorshipService,
  type SponsorshipService,
} from './domain/accounting/sponsorship.service.ts';
import { createStorageService, type StorageService } from './domain/accounting/storage.ts';
import { type AgentsService, createAgentsService } from './domain/agents/agents.service.ts';
import { type ControlService, createControlService } from './domain/agents/control.service.ts';
import { FacilityKeys } from './domain/agents/facility-keys.ts';
import { type AlarmsService, createAlarmsService } from './domain/alarms/alarms.service.ts';
import { type AuditService, createAuditService } from './domain/audit/audit.service.ts';
import { type CopiesService, createCopiesService } from './domain/copies/copies.service.ts';
import { type CustodyService, createCustodyService } from './domain/custody/custody.service.ts';
import { createDatasetsService, type DatasetsService } from './domain/datasets/datasets.service.ts';
import {
  createExperimentsService,
  type ExperimentsService,
} from './domain/experiments/experiments.service.ts';
import { createMembersService, type MembersService } from './domain/experiments/members.service.ts';
import { createSamplesService, type SamplesService } from './domain/experiments/samples.service.ts';
import { createFacilitiesService, type FacilitiesService } from './domain/facilities/facilities.service.ts';
import { createFilesService, type FilesService } from './domain/files/files.service.ts';
import { createIngestService, type IngestService } from './domain/ingest/ingest.service.ts';
import { type CockpitService, createCockpitService } from './domain/instruments/cockpit.service.ts';
import {
  createInstrumentsService,
  type InstrumentsService,
} from './domain/instruments/instruments.service.ts';
import {
  createInvitationsService,
  type InvitationsService,
} from './domain/invitations/invitations.service.ts';
import { createJobResultsService, type JobResultsService } from './domain/jobs/job-results.service.ts';
import { createJobsService, type JobsService } from './domain/jobs/jobs.service.ts';
import { createLiveService, type LiveService } from './domain/live/live.service.ts';
import { createMailService, type MailService } from './domain/mail/mail.service.ts';
import {
  createNotificationsService,
  type NotificationsService,
} from './domain/notifications/notifications.service.ts';
import { createPeopleService, type PeopleService } from './domain/people/people.service.ts';
import { createProjectsService, type ProjectsService } from './domain/projects/projects.service.ts';
import { createTemplatesService, type TemplatesService } from './domain/templates/templates.service.ts';
import { createTokensService, type TokensService } from './domain/tokens/tokens.service.ts';
import { createTriggersService, type TriggersService } from './domain/triggers/triggers.service.ts';
import { LiveHub } from './events/live-hub.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createStore } from './storage/create-store.ts';
import type { ObjectStore } from './storage/object-store.port.ts';

/** Every service of the product. */
export interface Services {
  agents: AgentsService;
  alarms: AlarmsService;
  control: ControlService;
  ingest: IngestService;
  datasets: DatasetsService;
  copies: CopiesService;
  custody: CustodyService;
  files: FilesService;
  experiments: ExperimentsService;
  members: MembersService;
  invitations: InvitationsService;
  samples: SamplesService;
  instruments: InstrumentsService;
  facilities: FacilitiesService;
  licences: LicencesService;
  labs: LabsService;
  profiles: ProfilesService;
  sponsorships: SponsorshipService;
  storage: StorageService;
  audit: AuditService;
  cockpit: CockpitService;
  jobs: JobsService;
  jobResults: JobResultsService;
  jobTemplates: TemplatesService;
  people: PeopleService;
  projects: ProjectsService;
  mail: MailService;
  notifications: NotificationsService;
  live: LiveService;
  tokens: TokensService;
  triggers: TriggersService;
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
  /** The same services on another database: a transaction, in which what they begin are savepoints. */
  servicesOn(db: Database): Services;
  close(): Promise<void>;
}

export interface ServiceParts {
  config: Pick<ServerConfig, 'webUrl' | 'demo' | 'secret' | 'smtpHost'> &
    OidcConfig &
    Parameters<typeof storeOrigins>[0];
  db: Database;
  store: ObjectStore;
  hub: LiveHub;
}

/** The services on these parts. */
export function createServices({ config, db, store, hub }: ServiceParts): Services {
  const keys = new FacilityKeys(config.secret);
  const members = createMembersService({ db, webUrl: config.webUrl });
  const people = createPeopleService({
    ...{ db, webUrl: config.webUrl, demo: config.demo },
    ...{ providers: oidcProviders(config), signUp: config.oidcSignUp },
  });
  const files = createFilesService({ db, store });
  const instruments = createInstrumentsService({ db });
  const jobs = createJobsService({ db });
  return {
    agents: createAgentsService({ db, keys, webUrl: config.webUrl }),
    alarms: createAlarmsService({
      ...{ db, secret: config.secret, webUrl: config.webUrl, demo: config.demo },
    }),
    control: createControlService({ db, hub, keys, storeOrigins: storeOrigins(config) }),
    ingest: createIngestService({ db, store }),
    datasets: createDatasetsService({ db, store }),
    custody: createCustodyService({ db, store }),
    copies: createCopiesService({ db, files }),
    files,
    experiments: createExperimentsService({ db }),
    members,
    invitations: createInvitationsService({ db, webUrl: config.webUrl }),
    samples: createSamplesService({ db }),
    instruments,
    facilities: createFacilitiesService({ db, instruments }),
    licences: createLicencesService({ db }),
    labs: createLabsService({ db }),
    profiles: createProfilesService({ db }),
    sponsorships: createSponsorshipService({ db }),
    storage: createStorageService({ db }),
    audit: createAuditService({ db }),
    cockpit: createCockpitService({ db, members }),
    jobs,
    jobResults: createJobResultsService({ db, store, jobs }),
    jobTemplates: createTemplatesService({ db }),
    people,
    projects: createProjectsService({ db }),
    mail: createMailService({
      ...{ db, sends: config.smtpHost !== '', demo: config.demo, webUrl: config.webUrl },
    }),
    notifications: createNotificationsService({ db }),
    live: createLiveService({ db, hub, isSessionLive: people.isSessionLive }),
    tokens: createTokensService({ db }),
    triggers: createTriggersService({ db }),
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
    servicesOn: (other) => createServices({ config, db: other, store, hub }),
    close: async () => {
      await hub.close();
      await database.close();
    },
  };
}
