export { Acknowledge } from './acknowledge.tsx';
export { AcknowledgedBy, AlarmCare } from './alarm-care.tsx';
export { AlarmsPage } from './alarms-page.tsx';
export { EndedAlarms } from './ended-alarms.tsx';
export { OnCallLine } from './on-call-line.tsx';
export { useAlarms } from './use-alarms.ts';
