import { apiOfSession } from '#scripts/lib/facility-api.ts';
import { demo, sharedSession, type Who } from '../demo-facility.ts';

export { eventually, type FacilityApi } from '#scripts/lib/facility-api.ts';

/** The interface of the demo facility, signed in as one of its accounts. */
export const signedInApi = async (who: Who) => apiOfSession(demo.web, await sharedSession(who));
