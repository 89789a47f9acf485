import { describe, expect, it } from 'vitest';
import type { TemplateParameter } from '#src/shared/contracts/job-template.ts';
import { draftOf, readDraft } from './parameter-draft.ts';

const declare = (changes: Partial<TemplateParameter>): TemplateParameter => ({
  ...{ name: 'p', label: 'P', type: 'number', description: '' },
  ...changes,
});
const ID = '0199c2f0-0000-7000-8000-000000000001';

describe('the form of a template', () => {
  it('begins with what a former run was given, or with defaults, and forgets what is not asked any more', () => {
    const declared = [
      declare({ name: 'cutoff', default: 1.5 }),
      declare({ name: 'anomalous', type: 'boolean' }),
      declare({ name: 'sets', type: 'datasets' }),
    ];
    expect(draftOf(declared)).toEqual({ cutoff: '1.5', anomalous: false, sets: [] });
    const former = { cutoff: 2, anomalous: true, sets: [ID], gone: 'x' };
    expect(draftOf(declared, former)).toEqual({ cutoff: '2', anomalous: true, sets: [ID] });
  });

  it('reads what was typed, with a comma too, and says of each field what is wrong', () => {
    const declared = [
      declare({ name: 'cutoff', label: 'Cutoff', min: 0 }),
      declare({ name: 'count', label: 'Count', type: 'integer' }),
      declare({ name: 'mask', label: 'Mask', type: 'file', optional: true }),
      declare({ name: 'sets', label: 'Sets', type: 'datasets' }),
    ];
    expect(readDraft(declared, { cutoff: ' 1,5 ', count: '3', mask: '', sets: [ID] })).toEqual({
      values: { cutoff: 1.5, count: 3, mask: null, sets: [ID] },
      faults: {},
    });
    expect(readDraft(declared, { cutoff: 'much', count: '', mask: '../x', sets: [] }).faults).toEqual({
      cutoff: 'Cutoff must be a number.',
      count: 'Count must be given.',
      mask: 'Mask must be a path inside the experiment, such as raw/lyso/run_1_master.h5.',
      sets: 'Sets must be given.',
    });
  });

  it('takes an empty text for the default, unless that is empty itself', () => {
    const read = (fallback: string) =>
      readDraft([declare({ type: 'text', default: fallback })], { p: '' }).values.p;
    expect([read('P43212'), read('')]).toEqual(['P43212', '']);
  });
});
