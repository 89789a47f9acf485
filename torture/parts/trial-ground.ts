import type { AgentProgram } from '#hub/agent/agent-program.ts';
import { type FacilityApi, signedInApi } from '#scripts/lib/facility-api.ts';
import { systemContext } from '#src/server/domain/new-context.ts';
import { FOLDERS } from '#src/shared/model/states.ts';
import type { Installation } from './installation.ts';

export type ExperimentName = 'A' | 'B';

/** For all folders, for a day. */
export const licenceTerms = () => ({
  folders: [...FOLDERS],
  expiresAt: new Date(Date.now() + 24 * 3600 * 1000),
});

/** What a trial has of the product: made as staff make it, and touched by no other trial. */
export interface TrialGround {
  /** Signed in as staff of the instrument. */
  api: FacilityApi;
  instrument: { id: string; slug: string };
  experiments: Readonly<Record<ExperimentName, { id: string; code: string }>>;
  agentId: string;
  /** The licence file. */
  licence: string;
}

/** Makes instrument, experiments and the licence of an agent; experiment A is active, long enough that what is measured now belongs to it. */
export async function layGround(
  { services, demo }: Installation,
  { name, program }: { name: string; program: AgentProgram },
): Promise<TrialGround> {
  const context = systemContext('torture');
  const account = demo.accounts.find(({ email }) => email.startsWith('staff@'))!;
  const pi = demo.accounts.find(({ email }) => email.startsWith('scientist@'))!;
  const [facility] = await services.instruments.listFacilities(context);
  const slug = `torture-${name}-${Date.now().toString(36)}`.slice(-40);
  const { id } = await services.instruments.create(context, {
    facilityId: facility!.id,
    slug,
    name: `Torture ${name}`,
    description: '',
    promiseMs: 3000,
  });
  const staff = await services.people.findByEmail(context, { email: account.email });
  await services.instruments.addStaff(context, {
    facilityId: facility!.id,
    instrumentId: id,
    personId: staff.id,
  });
  const api = await signedInApi({ web: demo.web, ...account });
  const experiment = async (title: string) => {
    const made = await api.experiments.create.mutate({
      instrumentId: id,
      title: `${title} of ${name}`,
      keywords: [],
      piEmail: pi.email,
      proprietary: true,
      externalIds: [],
    });
    return { id: made.id, code: made.code };
  };
  const experiments = { A: await experiment('A'), B: await experiment('B') };
  const licence = await api.agents.create.mutate({
    instrumentId: id,
    kind: program.kind,
    name: program.name,
    ...licenceTerms(),
  });
  // For a minute by the history, so that nobody has to wait until the margin of its switch is over.
  const before = { ...context, now: () => new Date(Date.now() - 60_000) };
  await services.experiments.activate(before, { experimentId: experiments.A.id });
  return {
    api,
    instrument: { id, slug },
    experiments,
    agentId: licence.agentId,
    licence: licence.text,
  };
}
