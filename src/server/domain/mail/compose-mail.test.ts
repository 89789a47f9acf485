import { expect, it } from 'vitest';
import { composeMail, escapeHtml, instantInWords, LINK_MARK, plainLine } from './compose-mail.ts';

it('makes one harmless line of whatever a name holds', () => {
  expect(plainLine('Ada\r\nBcc: everybody@example.org')).toBe('Ada Bcc: everybody@example.org');
  expect(plainLine(`Eve${LINK_MARK}\u0000\u2028\u202Etxt`)).toBe('Eve txt');
  expect(plainLine('  田中 太郎 👩🏽‍🔬  ')).toMatch(/^田中 太郎 👩🏽/u);
  expect([...plainLine('😀'.repeat(200))]).toHaveLength(80);
});

it('escapes in HTML and not in text, and marks the place of the link in both', () => {
  const { subject, text, html } = composeMail({
    subject: 'One\nline',
    greeting: 'Hello <b>Ada</b>,',
    before: ['"A" & B'],
    action: 'Join',
    after: ['Bye.'],
  });
  expect(subject).toBe('One line');
  expect(text).toBe(`Hello <b>Ada</b>,\n\n"A" & B\n\nJoin:\n${LINK_MARK}\n\nBye.\n`);
  expect(html).toContain(escapeHtml('Hello <b>Ada</b>,'));
  expect(html).not.toContain('<b>');
  expect(html).toContain('&quot;A&quot; &amp; B');
  expect(html.split(LINK_MARK)).toHaveLength(3);
});

it('names the zone with the time, in both halves of the year', () => {
  expect(instantInWords(new Date('2026-12-04T13:05:00Z'), 'Europe/Berlin')).toBe(
    'Fri 4 Dec 2026, 14:05 CET (Europe/Berlin)',
  );
  expect(instantInWords(new Date('2026-07-04T13:05:00Z'), 'Europe/Berlin')).toBe(
    'Sat 4 Jul 2026, 15:05 CEST (Europe/Berlin)',
  );
});
