import type { AccessCases } from './access-case.ts';
import { allOf, atInstrument, endsWith, inExperiment, signedIn } from './access-rules.ts';
import { type AccessWorld, ONE_PIXEL } from './access-world.ts';

const sees = inExperiment('experiment.view');
const seesTray = atInstrument('instrument.unassigned');
const running = (w: AccessWorld) => ({ experimentId: w.running.id });
const next = (w: AccessWorld) => ({ experimentId: w.next.id });
const itsInstrument = (w: AccessWorld) => ({ instrumentId: w.instrument.id });
const itsDataset = (w: AccessWorld) => ({ datasetId: w.running.datasetId });
const itsFile = (w: AccessWorld) => ({ fileId: w.running.fileId });
const trayDataset = (w: AccessWorld) => ({ datasetId: w.tray.datasetId });
const trayFile = (w: AccessWorld) => ({ fileId: w.tray.fileId });

/** One dataset, by its id: of an experiment, and of the tray. */
const eitherDataset = [
  { what: 'of the experiment', rule: sees, input: itsDataset },
  { what: 'of nobody', rule: seesTray, input: trayDataset },
] as const;

/** Data of an experiment are for its members and its staff; those of the tray for staff of the instrument. */
export const DATASET_CASES: AccessCases['datasets'] = {
  list: [{ what: 'of the experiment', rule: sees, input: (w) => ({ ...running(w), limit: 10 }) }],
  acquisitions: [{ what: 'of the experiment', rule: sees, input: running }],
  announce: [
    {
      what: 'one of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), name: 'lyso/run_2' }),
    },
  ],
  writeAcquisitions: [
    {
      what: 'one of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), acquisitions: [{ name: 'lyso/run_2' }] }),
    },
  ],
  importAcquisitions: [
    {
      what: 'of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), text: 'name\nlyso/run_2', dryRun: false }),
    },
  ],
  editAcquisition: [
    {
      what: 'of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...itsDataset(w), version: 1, comment: 'ice rings' }),
    },
    {
      what: 'of nobody',
      rule: endsWith(seesTray, 'CONFLICT'),
      input: (w) => ({ ...trayDataset(w), version: 1, comment: 'ice rings' }),
    },
  ],
  addSnapshot: [
    {
      what: 'of what is planned in the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ acquisitionId: w.running.plannedId, name: 'before', base64: ONE_PIXEL }),
    },
  ],
  removeSnapshot: [
    {
      what: 'of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ acquisitionId: w.running.acquisitionId, name: 'before' }),
    },
  ],
  snapshots: eitherDataset,
  withdrawAcquisition: [
    {
      what: 'one that waits for its data',
      rule: inExperiment('file.upload'),
      input: (w) => ({ acquisitionId: w.running.plannedId }),
    },
  ],
  get: eitherDataset,
  glance: eitherDataset,
  scan: eitherDataset,
  frameIndex: eitherDataset,
  locateFrames: eitherDataset,
  frameValues: eitherDataset,
  spotRuns: eitherDataset,
  previews: eitherDataset,
  tray: [{ what: 'of the instrument', rule: seesTray, input: itsInstrument }],
  reassign: [
    {
      what: 'a dataset of nobody that is still received',
      rule: endsWith(seesTray, 'CONFLICT'),
      input: (w) => ({ ...trayDataset(w), ...next(w), reason: 'by the logbook' }),
    },
    {
      what: 'a dataset of the experiment that is still received',
      rule: endsWith(allOf(sees, seesTray), 'CONFLICT'),
      input: (w) => ({ ...itsDataset(w), ...next(w), reason: 'by the logbook' }),
    },
    {
      what: 'to an experiment of another instrument',
      rule: endsWith(seesTray, 'NOT_FOUND'),
      input: (w) => ({
        ...{ fileIds: [w.tray.fileId], reason: 'by the logbook' },
        experimentId: w.elsewhere.experimentId,
      }),
    },
  ],
  moves: [{ what: 'of the experiment', rule: sees, input: running }],
  retryMove: [
    {
      what: 'one that did not fail',
      rule: endsWith(seesTray, 'CONFLICT'),
      input: (w) => ({ reassignmentId: w.tray.reassignmentId }),
    },
  ],
  verify: [
    { what: 'the experiment', rule: inExperiment('file.upload'), input: running },
    {
      what: 'a dataset of it',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), ...itsDataset(w) }),
    },
  ],
  verifications: [{ what: 'of the experiment', rule: sees, input: running }],
  files: eitherDataset,
};

export const FILE_CASES: AccessCases['files'] = {
  folder: [{ what: 'of the experiment', rule: sees, input: (w) => ({ ...running(w), parent: 'raw' }) }],
  folderTotals: [{ what: 'of the experiment', rule: sees, input: (w) => ({ ...running(w), path: 'raw' }) }],
  copies: [{ what: 'of the experiment', rule: inExperiment('experiment.people'), input: running }],
  keyHours: [{ what: 'of the experiment', rule: inExperiment('file.download'), input: running }],
  lendKey: [
    {
      what: 'of an experiment whose data lie in a folder',
      rule: endsWith(inExperiment('file.download'), 'CONFLICT'),
      input: running,
    },
  ],
  measure: [
    {
      what: 'the experiment',
      rule: sees,
      input: (w) => ({ ...running(w), folders: [''], datasetIds: [], fileIds: [] }),
    },
  ],
  search: [{ what: 'in the experiment', rule: sees, input: (w) => ({ ...running(w), search: 'run' }) }],
  makeFolder: [
    {
      what: 'in the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), path: 'work/notes' }),
    },
    {
      what: 'among raw data',
      rule: endsWith(inExperiment('file.upload'), 'BAD_INPUT'),
      input: (w) => ({ ...running(w), path: 'raw/notes' }),
    },
  ],
  removeFolder: [
    {
      what: 'an empty one',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), path: 'work/made' }),
    },
  ],
  move: [
    {
      what: 'a folder of the experiment',
      rule: inExperiment('file.upload'),
      input: (w) => ({ ...running(w), folders: ['work/made'], fileIds: [], to: 'metadata' }),
    },
    {
      what: 'raw data',
      rule: endsWith(inExperiment('file.upload'), 'BAD_INPUT'),
      input: (w) => ({ ...running(w), folders: [], fileIds: [w.running.fileId], to: 'work' }),
    },
  ],
  get: [
    { what: 'of the experiment', rule: sees, input: itsFile },
    { what: 'of nobody', rule: seesTray, input: trayFile },
  ],
  download: [
    { what: 'of the experiment', rule: inExperiment('file.download'), input: itsFile },
    { what: 'of nobody', rule: seesTray, input: trayFile },
  ],
  downloadVersion: [
    {
      what: 'one that is not kept',
      rule: endsWith(inExperiment('file.download'), 'NOT_FOUND'),
      input: (w) => ({ ...itsFile(w), version: 7 }),
    },
  ],
  view: [
    { what: 'of the experiment', rule: sees, input: itsFile },
    { what: 'of nobody', rule: seesTray, input: trayFile },
  ],
  viewAt: [
    {
      what: 'of the experiment',
      rule: sees,
      input: (w) => ({ ...running(w), path: w.running.filePath }),
    },
  ],
  custody: [
    { what: 'of the experiment', rule: sees, input: itsFile },
    { what: 'of nobody', rule: seesTray, input: trayFile },
  ],
  verify: [
    { what: 'of the experiment', rule: sees, input: itsFile },
    { what: 'of nobody', rule: seesTray, input: trayFile },
  ],
};

const uploads = inExperiment('file.upload');
const notes = (w: AccessWorld) => ({ ...running(w), path: 'work/notes.txt', sizeBytes: 5 });
/** Nobody but who sends it knows of it. */
const othersOwn = endsWith(signedIn, 'NOT_FOUND');
const ofAnother = (w: AccessWorld) => ({ uploadId: w.running.uploadId });
const AT = '2026-11-22T10:00:00.000Z';

/** Files that people put there: for who may upload, each their own. */
export const UPLOAD_CASES: AccessCases['uploads'] = {
  check: [
    {
      what: 'in the experiment',
      rule: uploads,
      input: (w) => ({ ...running(w), paths: ['work/notes.txt'] }),
    },
    {
      what: 'among raw data',
      rule: endsWith(uploads, 'BAD_INPUT'),
      input: (w) => ({ ...running(w), paths: ['raw/notes.txt'] }),
    },
  ],
  open: [
    {
      what: 'in the experiment',
      rule: uploads,
      input: (w) => ({ ...notes(w), fingerprint: 'a'.repeat(64), onClash: 'refuse' }),
    },
    {
      what: 'among raw data',
      rule: endsWith(uploads, 'BAD_INPUT'),
      input: (w) => ({ ...notes(w), path: 'raw/x.h5', fingerprint: 'a'.repeat(64), onClash: 'number' }),
    },
  ],
  sign: [
    { what: 'of another person', rule: othersOwn, input: (w) => ({ ...ofAnother(w), partNumbers: [1] }) },
  ],
  complete: [
    {
      what: 'of another person',
      rule: othersOwn,
      input: (w) => ({
        ...ofAnother(w),
        ...{
          sizeBytes: 0,
          sha256: 'a'.repeat(64),
          parts: [{ partNumber: 1, sizeBytes: 0, crc32c: '00000000' }],
        },
        ...{ modifiedAt: AT, firstPartSentAt: AT, sentAt: AT },
      }),
    },
  ],
  cancel: [{ what: 'of another person', rule: othersOwn, input: ofAnother }],
};

const itsDeletion = (w: AccessWorld) => ({ deletionId: w.running.deletionId });

/** Deletions outside raw: asked for by members, granted by managers; staff have no part in them. */
export const DELETION_CASES: AccessCases['deletions'] = {
  list: [{ what: 'of the experiment', rule: inExperiment('experiment.people'), input: running }],
  ask: [
    {
      what: 'a result of the experiment',
      rule: inExperiment('file.askDeletion'),
      input: (w) => ({ ...running(w), folders: ['processed/kept'], fileIds: [], reason: 'a trial' }),
    },
    {
      what: 'raw data',
      rule: endsWith(inExperiment('file.askDeletion'), 'BAD_INPUT'),
      input: (w) => ({ ...running(w), folders: [], fileIds: [w.running.fileId], reason: 'a trial' }),
    },
  ],
  decide: [
    {
      what: 'what was asked for',
      rule: inExperiment('file.grantDeletion'),
      input: (w) => ({ ...itsDeletion(w), grant: true }),
    },
  ],
  keep: [{ what: 'what another asked for', rule: inExperiment('file.grantDeletion'), input: itsDeletion }],
};
