import { describe, expect, it } from 'vitest';
import type { TriggerDetail } from '#src/server/domain/triggers/triggers.service.ts';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import { EMPTY_FORM, formOf, readForm } from './trigger-draft.ts';

const declared: TemplateParameter[] = [
  { name: 'resolution', label: 'Resolution', type: 'number', description: '', unit: 'Å' },
  { name: 'energy', label: 'Energy', type: 'number', description: '' },
  { name: 'kappa', label: 'Kappa', type: 'number', description: '', optional: true },
  { name: 'strict', label: 'Strict', type: 'boolean', description: '', default: false },
];

const DETAIL: TriggerDetail = {
  ...{ id: 'a', name: 'Quick', event: 'dataset.frames', enabled: true, since: new Date(0) },
  ...{ switchedByName: null, template: { slug: 'dials-quick', name: 'DIALS quick' } },
  strategy: { id: 'b', name: 'Screening' },
  ...{ version: 3, everyFrames: 100, filePattern: null, versionRule: 'fixed', templateVersion: 2 },
  conditions: { kinds: ['rotation'], sample: 'lyso*', framesMin: 10, sizeMaxBytes: 2_500_000 },
  parameters: { resolution: 2.5, strict: true },
  taken: { energy: 'energyEv', kappa: 'value:kappa' },
  profile: { id: '0197d4a1-0000-7000-8000-000000000001', name: '8 CPUs' },
  licence: null,
  ...{ onGrace: false, priority: 'test', mostAtOnce: 2, debounceS: 60 },
};

describe('the form of a trigger', () => {
  it('says again what it was filled with', () => {
    const { draft, faults } = readForm(formOf(DETAIL), declared);
    expect(faults).toEqual({});
    expect(draft).toEqual({
      ...{ name: 'Quick', event: 'dataset.frames', everyFrames: 100, filePattern: null },
      conditions: DETAIL.conditions,
      ...{ template: 'dials-quick', versionRule: 'fixed' },
      ...{ parameters: DETAIL.parameters, taken: DETAIL.taken },
      ...{ profileId: DETAIL.profile?.id, licenceId: null, onGrace: false, priority: 'test' },
      ...{ mostAtOnce: 2, debounceS: 60, enabled: true },
    });
  });

  it('leaves out what belongs to another event', () => {
    const form = {
      ...formOf(DETAIL),
      event: 'dataset.started' as const,
      jobTemplate: 'x',
      filePattern: 'raw/*',
    };
    const { draft } = readForm(form, declared);
    expect(draft).toMatchObject({ everyFrames: null, filePattern: null });
    expect(draft?.conditions).not.toHaveProperty('jobTemplate');
  });

  it('tells faults at their fields', () => {
    const form = {
      ...{ ...EMPTY_FORM, name: ' ', template: 'dials-quick', event: 'file.stored' as const },
      ...{ filePattern: '/etc/*', framesMin: 'many', sizeMaxMb: '-1', mostAtOnce: '0' },
      parameters: { kappa: { from: 'value', typed: '' } },
    };
    const { draft, faults } = readForm(form, declared);
    expect(draft).toBeNull();
    expect(Object.keys(faults).sort()).toEqual([
      'filePattern',
      'framesMin',
      'mostAtOnce',
      'name',
      'parameters.kappa',
      'sizeMaxMb',
    ]);
  });

  it('asks every how many frames where that is the event', () => {
    const form = { ...EMPTY_FORM, name: 'a', template: 'b', event: 'dataset.frames' as const };
    expect(readForm(form, []).faults).toHaveProperty('everyFrames');
    expect(readForm({ ...form, everyFrames: '50' }, []).draft?.everyFrames).toBe(50);
  });
});
