import { describe, expect, it } from 'vitest';
import { graphemes, plainText } from './plain-text.ts';

const name = plainText({ max: 10, empty: 'Give it a name.' });
const faultOf = (typed: string, schema: typeof name = name) =>
  schema.safeParse(typed).error?.issues[0]?.message ?? null;

describe('text that people type', () => {
  it('takes names in every script, and emoji', () => {
    for (const typed of [
      'Łukasz Żółć',
      'Ποσειδῶν',
      'Щ-белок',
      '蛋白質',
      'ロドプシン',
      'لايسوزيم',
      'ไลโซไซม์',
      'नमूना',
      '👩🏽‍🔬🧪',
    ]) {
      expect(plainText({ max: 20, empty: 'x' }).parse(typed)).toBe(typed.normalize('NFC'));
    }
  });

  it('keeps one form of what looks the same', () => {
    expect(name.parse('Cafe\u0301')).toBe('Caf\u00e9');
    expect(name.parse('  two \t words\u00a0 ')).toBe('two words');
    expect(name.parse('\uFEFFlyso')).toBe('lyso');
  });

  it('counts what people see, not code units', () => {
    expect(graphemes('👩🏽‍🔬🇩🇪e\u0301')).toBe(3);
    expect(name.parse('👩🏽‍🔬'.repeat(10))).toBe('👩🏽‍🔬'.repeat(10));
    expect(faultOf('👩🏽‍🔬'.repeat(11))).toBe('At most 10 characters.');
  });

  it('refuses what nobody types, each with its reason', () => {
    expect(faultOf('   ')).toBe('Give it a name.');
    expect(faultOf('a\u0000b')).toMatch(/control character/);
    expect(faultOf('a\u001bb')).toMatch(/control character/);
    expect(faultOf('a\u202egnp')).toMatch(/reading direction/);
    expect(faultOf('a\ud800')).toMatch(/half a character/);
    expect(faultOf(`e${'\u0301'.repeat(5000)}`)).toBe('At most 10 characters.');
  });

  it('keeps lines only where there may be some', () => {
    const lines = plainText({ max: 20, lines: true });
    expect(lines.parse('one\r\n\ttwo')).toBe('one\n\ttwo');
    expect(lines.safeParse('one\u0007').success).toBe(false);
    expect(lines.parse('')).toBe('');
  });
});
