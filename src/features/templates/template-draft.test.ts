import { describe, expect, it } from 'vitest';
import { templateFileText } from '#src/shared/contracts/template-content.ts';
import { documentedTemplate } from '#src/testing/documented-templates.ts';
import { draftOf, EMPTY_DRAFT, newInput, newMetric, readDraft, readTemplateFile } from './template-draft.ts';
import { exportName, limitWords, ownerWords, shareWords } from './template-words.ts';

describe('the editor of a template', () => {
  it('gives back what it was filled with', () => {
    for (const language of ['bash', 'python'] as const) {
      const content = { ...documentedTemplate(language), network: true };
      const read = readDraft(draftOf(content));
      expect(read).toMatchObject({ content: JSON.parse(JSON.stringify(content)) });
    }
  });

  it('begins with what can be saved once it has a name', () => {
    expect(readDraft(EMPTY_DRAFT)).toEqual({ faults: ['Name: must be given'] });
    const read = readDraft({ ...EMPTY_DRAFT, name: 'Folders' });
    expect(read).toHaveProperty('content');
    // Nothing reaches the network that was not asked to.
    expect(read).not.toHaveProperty('content.network');
  });

  it('says of everything that is wrong where it is', () => {
    const input = {
      ...newInput(),
      name: 'Cutoff',
      label: 'Cutoff',
      type: 'number' as const,
      min: '5',
      max: '1',
    };
    const choice = { ...newInput(), name: 'mode', label: 'Mode', type: 'choice' as const };
    const metric = { ...newMetric(), name: 'r', label: 'R', digits: 'two' };
    const read = readDraft({
      ...{ ...EMPTY_DRAFT, name: 'x', minutes: '', inputs: [input, choice], metrics: [metric] },
    });
    expect(read).toEqual({
      faults: [
        'Input 1 (Cutoff), name: a small letter, then letters and digits, at most 40',
        'Metric 1 (r), digits: must be a number',
        'Time limit: must be a number',
      ],
    });
    const shaped = readDraft({ ...EMPTY_DRAFT, name: 'x', inputs: [{ ...input, name: 'cutoff' }, choice] });
    expect(shaped).toEqual({
      faults: [
        'Input 1 (cutoff): Cutoff has a least value above its greatest',
        'Input 2 (mode): Mode needs at least one choice',
      ],
    });
  });
});

describe('one file', () => {
  it('comes back as it went', () => {
    const content = documentedTemplate('python');
    expect(readTemplateFile(templateFileText(content))).toEqual(content);
    expect(exportName('sizes-7k2q', 3)).toBe('sizes-7k2q-v3.template.json');
  });

  it('that is none is refused with a sentence', () => {
    expect(() => readTemplateFile('#!/bin/bash')).toThrow('not JSON');
    expect(() => readTemplateFile('{"name": "x"}')).toThrow('no template that was exported');
    expect(() => readTemplateFile('{"beamdeckTemplate": 2}')).toThrow('newer Beamdeck');
    const hostile = {
      ...documentedTemplate('bash'),
      files: [{ path: '../x', encoding: 'utf8' as const, content: '' }],
    };
    expect(() => readTemplateFile(templateFileText(hostile))).toThrow(/cannot be used: files\.0\.path/);
  });
});

it('words say whose a template is and with whom it is shared', () => {
  expect(ownerWords({ ownerName: null, isMine: false, isShipped: true })).toBe('Beamdeck');
  expect(ownerWords({ ownerName: 'Ada', isMine: true, isShipped: false })).toBe('you');
  expect(shareWords({ sharedWith: 'instrument', name: 'MX-1' })).toBe('Staff and experiments of MX-1');
  expect([7200, 90, 1800].map(limitWords)).toEqual(['2 h', '90 s', '30 min']);
});
