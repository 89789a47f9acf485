import { DEFAULT_WAYS } from '#src/shared/model/notification.ts';
import type { AccessCases } from './access-case.ts';
import { atInstrument, inFacility, signedIn } from './access-rules.ts';
import type { AccessWorld } from './access-world.ts';

const takesCare = atInstrument('instrument.alarms');
const itsInstrument = (w: AccessWorld) => ({ instrumentId: w.instrument.id });
const itsWebhook = (w: AccessWorld) => ({ webhookId: w.alarms.webhookId });

/** Alarms, who is on call and webhooks are the business of staff of the instrument alone; an alarm of the whole facility is that of its admins too. */
export const ALARM_CASES: AccessCases['alarms'] = {
  list: [{ what: 'of the instrument', rule: atInstrument('instrument.cockpit'), input: itsInstrument }],
  ofFacility: [
    {
      what: 'of the facility',
      rule: inFacility('facility.alarms'),
      input: (w) => ({ facilityId: w.facility.id }),
    },
  ],
  acknowledge: [
    { what: 'the alarm', rule: takesCare, input: (w) => ({ alarmId: w.alarms.alarmId, note: 'I go' }) },
    {
      what: 'the alarm of the facility',
      rule: atInstrument('instrument.facilityAlarms'),
      input: (w) => ({ alarmId: w.alarms.facilityAlarmId, note: 'I ask for room' }),
    },
  ],
  setEscalation: [
    { what: 'of the instrument', rule: takesCare, input: (w) => ({ ...itsInstrument(w), minutes: 5 }) },
  ],
  rota: [{ what: 'of the instrument', rule: takesCare, input: itsInstrument }],
  handOver: [
    {
      what: 'to nobody, now',
      rule: takesCare,
      input: (w) => ({ ...itsInstrument(w), at: null, personId: null }),
    },
  ],
  removeHandOver: [{ what: 'to come', rule: takesCare, input: (w) => ({ handOverId: w.alarms.handOverId }) }],
  webhooks: [{ what: 'of the instrument', rule: takesCare, input: itsInstrument }],
  addWebhook: [
    {
      what: 'to the instrument',
      rule: takesCare,
      input: (w) => ({ ...itsInstrument(w), url: 'https://chat.example.org/hooks/another' }),
    },
  ],
  removeWebhook: [{ what: 'of the instrument', rule: takesCare, input: itsWebhook }],
  testWebhook: [{ what: 'of the instrument', rule: takesCare, input: itsWebhook }],
};

/** What somebody was told is their own; whose it is not, for them it is not there, and nothing happens. */
export const NOTIFICATION_CASES: AccessCases['notifications'] = {
  list: [{ what: 'one’s own', rule: signedIn, input: () => ({}) }],
  unread: [{ what: 'one’s own', rule: signedIn, input: () => undefined }],
  markRead: [
    {
      what: 'that is not there',
      rule: signedIn,
      input: (w) => ({ notificationId: w.alarms.alarmId, andOlder: false }),
    },
  ],
  preferences: [{ what: 'one’s own', rule: signedIn, input: () => undefined }],
  setPreferences: [
    { what: 'one’s own', rule: signedIn, input: () => ({ ways: { ...DEFAULT_WAYS }, quiet: null }) },
  ],
};
