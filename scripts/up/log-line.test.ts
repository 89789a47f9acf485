import { describe, expect, it } from 'vitest';
import { LEVEL, logLineJson, readLogLine, renderLogLine } from './log-line.ts';

const NOW = new Date('2026-05-01T10:00:00.123Z');
const rendered = (raw: string, level?: number) => renderLogLine(readLogLine('hub', raw, NOW, level), false);

describe('common log', () => {
  it('renders a pino line as time, prefix, level, message and fields', () => {
    const raw =
      '{"level":40,"time":"2026-05-01T09:59:58.001Z","name":"hub","msg":"gap","series":"a b","image":7}';
    expect(rendered(raw)).toBe('09:59:58.001 hub    WARN  gap series="a b" image=7');
  });

  it('takes numeric times and shows an error by its message, not its stack', () => {
    const raw =
      '{"level":50,"time":1777629600123,"msg":"failed","err":{"message":"no route","stack":"Error: at …"}}';
    expect(rendered(raw)).toBe('10:00:00.123 hub    ERROR failed err="no route"');
    expect(logLineJson(readLogLine('hub', raw, NOW))).toContain('"stack"');
  });

  it.each(['plain text', '{"half": ', '{"no":"message"}', '[1]'])('shows %s as it is', (raw) => {
    expect(rendered(raw, LEVEL.warn)).toBe(`10:00:00.123 hub    WARN  ${raw}`);
  });

  it("takes a terminal's colour codes out of plain text", () => {
    expect(rendered('\u001b[32mready\u001b[0m')).toBe('10:00:00.123 hub    INFO  ready');
  });
});
