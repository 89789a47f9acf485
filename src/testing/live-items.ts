import type { LiveItem } from '../server/domain/live/live.service.ts';
import { type LiveEvent, liveEventSchema } from '../shared/contracts/live-events.ts';

/** The events of what a watcher was given; none where it is about something else. */
export const eventsOf = ({ message }: LiveItem): LiveEvent[] =>
  message.type === 'events' ? liveEventSchema.array().parse(JSON.parse(message.json)) : [];
