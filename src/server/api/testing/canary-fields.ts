/** How a word is put into a column, beside what stands there. */
export const PLANTING = {
  /** Text; what stood there stays before it, so that what must be unique or a path remains so. */
  text: (column: string, word: string) => `coalesce(${column} || '.', '') || ${word}`,
  /** Text where there is one. */
  present: (column: string, word: string) => `${column} || '.' || ${word}`,
  texts: (column: string, word: string) => `${column} || array[${word}]`,
  /** An object of named values. */
  field: (column: string, word: string) => `coalesce(${column}, '{}') || jsonb_build_object('note', ${word})`,
  /** An object whose names are free and whose values are numbers. */
  number: (column: string, word: string) => `${column} || jsonb_build_object(${word}, 1)`,
  item: (column: string, word: string) => `${column} || jsonb_build_array(${word})`,
  titled: (column: string, word: string) =>
    `${column} || jsonb_build_array(jsonb_build_object('title', ${word}, 'path', ${word}))`,
  message: (_: string, word: string) =>
    `jsonb_build_object('code', 'FAILED', 'message', ${word}, 'tail', ${word})`,
  anything: (_: string, word: string) => `to_jsonb(${word})`,
} as const;

interface PlantedTable {
  /** SQL: the id of whose the row `t` is, which is that of an experiment, an instrument (its tray, its agents, their licences) or a person. */
  owner: string;
  columns: Readonly<Record<string, keyof typeof PLANTING>>;
}

const ofDataset =
  '(select coalesce(d.experiment_id, d.instrument_id) from dataset d where d.id = t.dataset_id)';
const ofAgent = '(select a.id from agent a where a.id = t.agent_id)';

/** Every table with words of an experiment's people, of an instrument's tray, or of one person. */
export const PLANTED: Readonly<Record<string, PlantedTable>> = {
  person: { owner: 't.id', columns: { name: 'text', email: 'text', user_name: 'text', orcid: 'text' } },
  saved_view: { owner: 't.person_id', columns: { name: 'text', query: 'text' } },
  auth_session: { owner: 't.person_id', columns: { user_agent: 'text' } },
  api_token: { owner: 't.person_id', columns: { name: 'text' } },
  experiment: {
    owner: 't.id',
    columns: { title: 'text', keywords: 'texts', pi_name: 'text', terms: 'text' },
  },
  sample: {
    owner: 't.experiment_id',
    columns: {
      ...{ name: 'text', protein: 'text', container: 'text', position: 'text', barcode: 'text' },
      ...{ safety: 'text', comment: 'text' },
    },
  },
  external_id: { owner: 't.entity_id', columns: { value: 'text', detail: 'field' } },
  invitation: { owner: 't.experiment_id', columns: { email: 'present', user_name: 'present' } },
  prolongation: { owner: 't.experiment_id', columns: { reason: 'text', refusal: 'text' } },
  acquisition: {
    owner: 'coalesce(t.experiment_id, t.instrument_id)',
    columns: {
      ...{ name: 'text', parameters: 'field', external_id: 'present', series_id: 'text', comment: 'text' },
      corrections: 'field',
    },
  },
  dataset: {
    owner: 'coalesce(t.experiment_id, t.instrument_id)',
    columns: {
      ...{ source: 'text', source_stem: 'text', base: 'text', series_unique_id: 'text' },
      ...{ absent_files: 'item', geometry: 'field', user_data: 'anything', summary: 'number' },
    },
  },
  file: {
    owner: 'coalesce(t.experiment_id, t.instrument_id)',
    columns: {
      ...{ path: 'text', parent: 'text', name: 'text', store_key: 'text' },
      ...{ source: 'text', source_path: 'text' },
    },
  },
  folder_total: { owner: 't.experiment_id', columns: { path: 'text', parent: 'text', name: 'text' } },
  experiment_copy: { owner: 't.experiment_id', columns: { place: 'text' } },
  folder_change: { owner: 't.experiment_id', columns: { parent: 'text' } },
  deletion: { owner: 't.experiment_id', columns: { paths: 'item', reason: 'text' } },
  made_folder: { owner: 't.experiment_id', columns: { path: 'text' } },
  file_version: {
    owner: '(select coalesce(f.experiment_id, f.instrument_id) from file f where f.id = t.file_id)',
    columns: { store_key: 'text' },
  },
  frame_values: { owner: ofDataset, columns: { name: 'text' } },
  snapshot: {
    owner:
      '(select coalesce(a.experiment_id, a.instrument_id) from acquisition a where a.id = t.acquisition_id)',
    columns: { name: 'text', store_key: 'text' },
  },
  preview: { owner: ofDataset, columns: { store_key: 'text' } },
  upload: {
    owner: `coalesce(t.experiment_id, ${ofDataset}, t.instrument_id)`,
    columns: { path: 'text', store_key: 'text', source: 'text', source_path: 'text', acquired: 'field' },
  },
  reassignment: {
    owner: 't.to_experiment_id',
    columns: { from_path: 'text', to_path: 'text', reason: 'text', failure: 'text' },
  },
  verification: { owner: 't.experiment_id', columns: { faults: 'titled' } },
  job: {
    owner: 't.experiment_id',
    columns: {
      ...{ parameters: 'field', metrics: 'number', plots: 'titled', failure: 'message' },
      ...{ progress_text: 'text', output_path: 'text' },
    },
  },
  trigger_override: { owner: 't.experiment_id', columns: { parameters: 'field' } },
  trigger_firing: { owner: 't.experiment_id', columns: { why: 'text', path: 'present' } },
  job_log: {
    owner: '(select j.experiment_id from job j where j.id = t.job_id)',
    columns: { text: 'text' },
  },
  job_provisional_file: {
    owner: '(select j.experiment_id from job j where j.id = t.job_id)',
    columns: { path: 'text' },
  },
  audit: { owner: 't.experiment_id', columns: { detail: 'field' } },
  agent: { owner: 't.id', columns: { status: 'field' } },
  agent_licence: { owner: 't.id', columns: { enrolled_host: 'text', revoked_reason: 'text' } },
  agent_command: { owner: ofAgent, columns: { source: 'text', message: 'text' } },
  agent_report: { owner: ofAgent, columns: { message: 'text' } },
  destination: { owner: ofAgent, columns: { source: 'text', template: 'text' } },
  alarm: {
    owner: 't.instrument_id',
    columns: { subject: 'text', words: 'text', todo: 'text', note: 'text' },
  },
  webhook: { owner: 't.instrument_id', columns: { url: 'text' } },
  webhook_delivery: {
    owner: '(select h.instrument_id from webhook h where h.id = t.webhook_id)',
    columns: { body: 'text', last_answer: 'text' },
  },
  notification: { owner: 't.person_id', columns: { text: 'text', link: 'text' } },
  identity: { owner: 't.person_id', columns: { label: 'text' } },
  site_switch: { owner: ofAgent, columns: { by: 'text', refusal: 'text' } },
};

/** Columns that are filled by what the planted things do, with a word or the code of an experiment: a mail, an event, an answer that is kept. */
export const FILLED_BY_DEEDS: ReadonlySet<string> = new Set([
  ...['mail.subject', 'mail.text', 'mail.html', 'outbox.data', 'kept_answer.answer'],
]);

/** Planted, and gone again as soon as a worker has folded them: they may carry a word or have no row at all. */
export const PASSING: ReadonlySet<string> = new Set(['folder_change.parent']);

const CHOSEN = 'one of a few words of the product';
const SENTENCE = 'a sentence of the product, about times';
const HASH = 'a hash, a random text or an id';
const FACILITY = 'the name or the text of a facility’s own thing, which is no experiment’s';
const DETECTOR = 'a name of the detector’s, the same for all who measure with it';
const NUMBERS = 'numbers and checked forms alone';
const ADDRESS = 'the address of a person, which only the door and their own account read';
const UNREAD = 'read by the sweeps of the store alone, and never told';

/** Every other column that could hold a text, and why there is no word of an experiment's people in it. */
export const WITHOUT_WORDS: Readonly<Record<string, string>> = {
  'aborted_upload.store_key': UNREAD,
  'aborted_upload.store_upload_ref': HASH,
  'acquisition.grid': NUMBERS,
  'acquisition.kind': CHOSEN,
  'acquisition.mark': CHOSEN,
  'activation.origin': CHOSEN,
  'agent.kind': CHOSEN,
  'agent.name': FACILITY,
  'agent.token_hash': HASH,
  'agent.upload_held': CHOSEN,
  'agent.upload_mode': CHOSEN,
  'agent.version': FACILITY,
  'agent_command.kind': CHOSEN,
  'agent_command.outcome': CHOSEN,
  'agent_licence.agent_key_hash': HASH,
  'agent_licence.enrolment_hash': HASH,
  'agent_licence.folders': CHOSEN,
  'agent_report.code': CHOSEN,
  'agent_report.detector': DETECTOR,
  'agent_report.level': CHOSEN,
  'alarm.code': CHOSEN,
  'alarm.level': CHOSEN,
  'api_token.scopes': CHOSEN,
  'api_token.token_hash': HASH,
  'audit.action': CHOSEN,
  'audit.entity_kind': CHOSEN,
  'audit.principal_id': HASH,
  'audit.principal_kind': CHOSEN,
  'audit.request_id': HASH,
  'dataset.channel_gaps': NUMBERS,
  'dataset.channels': DETECTOR,
  'dataset.detector_name': DETECTOR,
  'dataset.detector_serial_number': DETECTOR,
  'dataset.ending': CHOSEN,
  'dataset.lost': NUMBERS,
  'dataset.masks': NUMBERS,
  'dataset.missing': NUMBERS,
  'dataset.source_kind': CHOSEN,
  'dataset.state': CHOSEN,
  'dataset.unassigned_reason': SENTENCE,
  'dataset_part.ending': CHOSEN,
  'dataset_part.lost': NUMBERS,
  'deletion.state': CHOSEN,
  'destination.folder': CHOSEN,
  'detector.description': DETECTOR,
  'detector.name': DETECTOR,
  'detector.sensor_material': DETECTOR,
  'detector.serial_number': DETECTOR,
  'display_link.key_hash': HASH,
  'display_link.name': FACILITY,
  'experiment.code': 'searched for as it is: every code is a canary itself',
  'experiment.kind': CHOSEN,
  'experiment.state': CHOSEN,
  'experiment.upload_held': CHOSEN,
  'experiment_notice.kind': CHOSEN,
  'external_id.kind': CHOSEN,
  'facility.code': FACILITY,
  'facility.name': FACILITY,
  'facility.time_zone': FACILITY,
  'file.kind': CHOSEN,
  'file.sha256': HASH,
  'file.unassigned_reason': SENTENCE,
  'file_version.sha256': HASH,
  'former_place.store_key': UNREAD,
  'frame_table.channel': DETECTOR,
  'frame_table.unlocated_why': SENTENCE,
  'identity.issuer': ADDRESS,
  'identity.subject': HASH,
  'identity_proof.email': ADDRESS,
  'identity_proof.issuer': ADDRESS,
  'identity_proof.name': ADDRESS,
  'identity_proof.subject': HASH,
  'identity_proof.token_hash': HASH,
  'instrument.description': FACILITY,
  'instrument.name': FACILITY,
  'instrument.slug': FACILITY,
  'invitation.origin': CHOSEN,
  'invitation.role': CHOSEN,
  'invitation.state': CHOSEN,
  'invitation.token_hash': HASH,
  'job.driver': CHOSEN,
  'job.isolation': CHOSEN,
  'job.lease_owner': 'the machine and process of a worker',
  'job.priority': CHOSEN,
  'job.run_ref': HASH,
  'job.state': CHOSEN,
  'job.trigger_state': CHOSEN,
  'job_template.description': FACILITY,
  'job_template.entry': FACILITY,
  'job_template.metrics': FACILITY,
  'job_template.name': FACILITY,
  'job_template.parameters': FACILITY,
  'job_template.missing': FACILITY,
  'job_template.note': FACILITY,
  'job_template.outputs': FACILITY,
  'job_template.requires': FACILITY,
  'job_template.slug': FACILITY,
  'job_template_file.path': FACILITY,
  'kept_answer.key': HASH,
  'kept_answer.request_hash': HASH,
  'lab.name': FACILITY,
  'ledger_entry.kind': CHOSEN,
  'ledger_entry.reason': FACILITY,
  'ledger_entry.run_kind': CHOSEN,
  'licence.name': FACILITY,
  'licence.owner_kind': CHOSEN,
  'mail.author_page': 'an address of this installation',
  'mail.dedupe_key': HASH,
  'mail.kind': CHOSEN,
  'mail.last_error': 'what the mail server said',
  'mail.link': 'a secret, and an address of this installation',
  'mail.state': CHOSEN,
  'mail.to_address': ADDRESS,
  'membership.origin': CHOSEN,
  'membership.role': CHOSEN,
  'notification.dedupe_key': HASH,
  'notification.kind': CHOSEN,
  'notification_setting.choices': CHOSEN,
  'one_time_link.email': ADDRESS,
  'one_time_link.purpose': CHOSEN,
  'one_time_link.token_hash': HASH,
  'outbox.kind': CHOSEN,
  'outbox.topic': HASH,
  'ownership_offer.state': CHOSEN,
  'person.password_hash': HASH,
  'profile.gpu': FACILITY,
  'profile.name': FACILITY,
  'reassignment.state': CHOSEN,
  'saved_view.page': CHOSEN,
  'sign_in_attempt.email': ADDRESS,
  'sign_in_attempt.ip': 'an address of a machine',
  'sponsorship_rule.template_slug': CHOSEN,
  'strategy.description': FACILITY,
  'strategy.name': FACILITY,
  'template.slug': FACILITY,
  'template_share.shared_with': CHOSEN,
  'snapshot.sha256': HASH,
  'stream_mapping.rules': FACILITY,
  'trigger.conditions': FACILITY,
  'trigger.event': CHOSEN,
  'trigger.file_pattern': FACILITY,
  'trigger.name': FACILITY,
  'trigger.parameters': FACILITY,
  'trigger.priority': CHOSEN,
  'trigger.taken': FACILITY,
  'trigger.version_rule': CHOSEN,
  'trigger_firing.event': CHOSEN,
  'trigger_firing.event_key': HASH,
  'trigger_firing.outcome': CHOSEN,
  'upload.fingerprint': HASH,
  'upload.kind': CHOSEN,
  'upload.parts': NUMBERS,
  'upload.state': CHOSEN,
  'upload.store_upload_ref': HASH,
  'upload.unassigned_reason': SENTENCE,
  'webhook_delivery.dedupe_key': HASH,
  'webhook_delivery.event': CHOSEN,
  'webhook_delivery.state': CHOSEN,
};
