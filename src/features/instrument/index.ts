export { HistoryPage } from './history-page.tsx';
export { InstrumentFrame, StaffOnly, useInstrument } from './instrument-frame.tsx';
export { TodayTimeline } from './today-timeline.tsx';
