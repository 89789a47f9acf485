import { describe, expect, it } from 'vitest';
import { EMPTY_CONTENT } from '#src/testing/template-content.ts';
import type { TemplateParameter } from './job-template.ts';
import { resolveParameters } from './parameter-values.ts';
import { MAX_SUPPORT_BYTES, type TemplateContent, templateContentSchema } from './template-content.ts';
import { missingSentence } from './template-requirement.ts';

const input = (changes: Partial<TemplateParameter>): TemplateParameter => ({
  ...{ name: 'p', label: 'P', type: 'text', description: '' },
  ...changes,
});
const faultsOf = (changes: Partial<Record<keyof TemplateContent, unknown>>): string[] => {
  const read = templateContentSchema.safeParse({ ...EMPTY_CONTENT, ...changes });
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};
const ID = '0199c2f0-0000-7000-8000-000000000001';

describe('a version', () => {
  it('is taken as it should be', () => {
    expect(templateContentSchema.parse(EMPTY_CONTENT)).toEqual(EMPTY_CONTENT);
  });

  it.each([
    [{ parameters: [input({}), input({})] }, 'parameters: has p twice'],
    [{ parameters: [input({ name: '__proto__' })] }, /^parameters\.0\.name: a small letter/],
    [{ parameters: [input({ type: 'number', min: 1, default: 0 })] }, /default that must be at least 1$/],
    [{ parameters: [input({ type: 'choice', choices: ['a', 'a'] })] }, /has the choice a twice$/],
    [
      { parameters: [input({ type: 'choice', choices: ['a'], default: 'b' })] },
      /default that must be one of a$/,
    ],
    [{ parameters: [input({ type: 'file', default: '../x' })] }, /default that must be a path inside/],
    [{ parameters: [input({ type: 'dataset', default: ID })] }, /datasets cannot have$/],
    [{ files: [{ path: '../x', encoding: 'utf8', content: '' }] }, /^files\.0\.path: /],
    [{ files: [{ path: '/etc/passwd', encoding: 'utf8', content: '' }] }, /^files\.0\.path: /],
    [{ files: [{ path: 'main.sh', encoding: 'utf8', content: '' }] }, /the name of the script itself$/],
    [{ files: [{ path: 'a', encoding: 'base64', content: '%%' }] }, /is not base64$/],
    [
      { files: [{ path: 'a', encoding: 'utf8', content: 'x'.repeat(MAX_SUPPORT_BYTES + 1) }] },
      /larger than 1024 KiB/,
    ],
    [{ requires: [{ kind: 'command', name: 'a; rm -rf /', how: 'x' }] }, /^requires\.0\.name: /],
    [{ requires: [{ kind: 'python-module', name: '__import__("os")', how: 'x' }] }, /^requires\.0\.name: /],
    [
      { metrics: [{ name: 'spotsMedian', label: 'X', digits: 0, ofDataset: true }] },
      /number of the dataset$/,
    ],
    [{ timeLimitS: 73 * 3600 }, /^timeLimitS: /],
    [{ script: 'a\0b' }, 'script: is not text'],
  ])('%j is refused', (changes, fault) => {
    expect(faultsOf(changes)).toEqual([typeof fault === 'string' ? fault : expect.stringMatching(fault)]);
  });

  it('has no file in the place of a folder', () => {
    const files = ['a', 'a/b'].map((path) => ({ path, encoding: 'utf8', content: '' }));
    expect(faultsOf({ files })).toEqual(['files: has a both as a file and as a folder']);
  });
});

describe('inputs', () => {
  const faultOf = (changes: Partial<TemplateParameter>, p: unknown) =>
    resolveParameters([input(changes)], p === undefined ? {} : { p }).faults.p;

  it('without a default must be given, unless they may stay empty', () => {
    expect(faultOf({}, undefined)).toBe('P must be given.');
    expect(resolveParameters([input({ optional: true })], {})).toEqual({ values: { p: null }, faults: {} });
    expect(resolveParameters([input({ name: 'constructor' })], {}).faults).toEqual({
      constructor: 'P must be given.',
    });
  });

  it.each([
    ['file', 'raw/a.h5', true],
    ['file', 'raw', false],
    ['file', 'raw/../../other/a.h5', false],
    ['file', '/etc/passwd', false],
    ['file', 'raw/a\nb', false],
    ['folder', 'raw', true],
    ['folder', 'elsewhere', false],
    ['dataset', ID, true],
    ['dataset', 'raw/lyso', false],
    ['datasets', [ID], true],
    ['datasets', [ID, ID], false],
    ['datasets', [], false],
    ['datasets', Array.from({ length: 101 }, (_, n) => `${ID.slice(0, -3)}${100 + n}`), false],
    ['text', 'a\0b', false],
    ['text', '\ud800', false],
    ['text', '$(reboot); `x` "\n', true],
    ['integer', 2 ** 60, false],
  ] as const)('%s %j is right: %s', (type, value, isRight) => {
    expect(faultOf({ type }, value) === undefined).toBe(isRight);
  });
});

it('what is missing is said with how to get it', () => {
  expect(
    missingSentence([
      { kind: 'command', name: 'dials.scale', how: 'apt-get install dials' },
      { kind: 'python-module', name: 'h5py', how: 'apt-get install python3-h5py' },
    ]),
  ).toBe(
    'The machine that runs jobs lacks the command dials.scale (apt-get install dials), the Python module h5py (apt-get install python3-h5py). Ask whoever runs it to install them.',
  );
});
