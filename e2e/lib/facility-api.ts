import { signedInApi as signedInAs } from '#src/testing/facility-api.ts';
import { account, demo, type Who } from '../demo-facility.ts';

export { eventually, type FacilityApi } from '#src/testing/facility-api.ts';

/** The interface of the demo facility, signed in as one of its accounts. */
export const signedInApi = (who: Who) => signedInAs({ web: demo.web, ...account(who) });
