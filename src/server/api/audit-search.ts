import { z } from 'zod';

/** What the audit trail is searched by, of the page and of the file that is taken away. */
export const auditSearchSchema = z.object({
  facilityId: z.uuid(),
  who: z.string().max(200).optional(),
  action: z.string().max(80).optional(),
  experimentCode: z.string().max(40).optional(),
  from: z.coerce.date().optional(),
  until: z.coerce.date().optional(),
});
