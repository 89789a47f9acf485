import { facilityAdmin, person } from '#src/server/db/schema/index.ts';
import { createExperimentsService } from '#src/server/domain/experiments/experiments.service.ts';
import { createMembersService } from '#src/server/domain/experiments/members.service.ts';
import { createSamplesService } from '#src/server/domain/experiments/samples.service.ts';
import { createInstrumentsService } from '#src/server/domain/instruments/instruments.service.ts';
import { createInvitationsService } from '#src/server/domain/invitations/invitations.service.ts';
import { AppError, type ErrorCode } from '#src/shared/errors/app-error.ts';
import { asPerson, testContext } from './test-context.ts';
import type { TestDatabase } from './test-database.ts';

/** How a call ended: the code of its error, or `done`. */
export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | 'done'> {
  try {
    await promise;
    return 'done';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

const system = testContext();
let facilityCount = 0;

/** A facility of its own with an instrument and people: staff, an admin, a PI, somebody of no experiment. */
export async function experimentWorld({ db }: Pick<TestDatabase, 'db'>) {
  const experiments = createExperimentsService({ db });
  const members = createMembersService({ db, webUrl: 'https://b.example.org' });
  const invitations = createInvitationsService({ db, webUrl: 'https://b.example.org' });
  const samples = createSamplesService({ db });
  const instruments = createInstrumentsService({ db });
  const letters = String.fromCharCode(65 + (facilityCount % 26), 65 + Math.floor(facilityCount / 26));
  facilityCount += 1;
  const facility = await instruments.ensureFacility(system, {
    code: `T${letters}`,
    name: 'Test Facility',
    timeZone: 'Europe/Berlin',
  });
  const instrument = await instruments.create(system, {
    facilityId: facility.id,
    slug: `mx-${letters.toLowerCase()}`,
    name: 'MX',
    description: '',
    promiseMs: 3000,
  });
  const people = {} as Record<'staff' | 'admin' | 'pi' | 'other' | 'outsider', string>;
  for (const name of ['staff', 'admin', 'pi', 'other', 'outsider'] as const) {
    const id = system.newId();
    await db.insert(person).values({
      id,
      email: `${name}.${letters}@Example.org`,
      name: `${name} ${letters}`,
      createdAt: system.now(),
    });
    people[name] = id;
  }
  await instruments.addStaff(system, {
    facilityId: facility.id,
    instrumentId: instrument.id,
    personId: people.staff,
  });
  await db.insert(facilityAdmin).values({
    facilityId: facility.id,
    personId: people.admin,
    createdAt: system.now(),
  });
  const as = (name: keyof typeof people) => testContext(asPerson(people[name]));
  const email = (name: keyof typeof people) => `${name}.${letters}@example.org`;
  const make = (title: string) =>
    experiments.create(as('staff'), {
      instrumentId: instrument.id,
      title,
      keywords: [],
      piEmail: email('pi'),
      proprietary: true,
      externalIds: [],
    });
  return {
    db,
    experiments,
    members,
    invitations,
    samples,
    instruments,
    facility,
    instrument,
    people,
    as,
    email,
    make,
  };
}

export type ExperimentWorld = Awaited<ReturnType<typeof experimentWorld>>;
