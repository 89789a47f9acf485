import { describe, expect, it } from 'vitest';
import { changesOf, draftOf, EMPTY_DRAFT, faultsOf, fieldsOf } from './experiment-draft.ts';

const ZONE = 'Europe/Berlin';
const draft = { ...EMPTY_DRAFT, title: 'Lysozyme' };

describe('the form of an experiment', () => {
  it('shows and takes times as the clocks of the facility show them', () => {
    const written = {
      title: 'Lysozyme',
      keywords: ['SAD', 'test'],
      piName: 'Anna',
      plannedStart: new Date('2026-07-01T06:00:00Z'),
      plannedEnd: null,
      proprietary: false,
      embargoUntil: '2029-01-01',
      terms: '',
    };
    const shown = draftOf(written, ZONE);
    expect(shown).toMatchObject({ plannedStart: '2026-07-01T08:00', plannedEnd: '', keywords: 'SAD, test' });
    expect(fieldsOf(shown, ZONE)).toEqual(written);
  });

  it('tells faults as one types, each at its field', () => {
    expect(faultsOf(draft, ZONE)).toEqual({});
    expect(faultsOf(EMPTY_DRAFT, ZONE)).toEqual({ title: 'Give the experiment a title.' });
    const plan = { plannedStart: '2026-07-01T08:00', plannedEnd: '2026-07-01T08:00' };
    expect(faultsOf({ ...draft, ...plan }, ZONE)).toEqual({
      plannedEnd: 'The planned end must be after the planned start.',
    });
    expect(faultsOf({ ...draft, keywords: `${'x'.repeat(61)}, y` }, ZONE)).toEqual({
      keywords: 'At most 60 characters.',
    });
    expect(faultsOf({ ...draft, plannedStart: '2026-02-30T10:00' }, ZONE)).toEqual({
      plannedStart: 'This is not a date and time.',
    });
  });

  it('sends what was changed alone', () => {
    expect(changesOf(draft, draft, ZONE)).toEqual({});
    expect(changesOf({ ...draft, keywords: 'SAD;SAD', plannedEnd: '' }, draft, ZONE)).toEqual({
      keywords: ['SAD'],
    });
    expect(changesOf(draft, { ...draft, plannedEnd: '2026-07-01T08:00' }, ZONE)).toEqual({
      plannedEnd: null,
    });
  });
});
