/** Where the link stands in a mail until it is sent: a character of private use, which nothing that people type keeps here. */
export const LINK_MARK = '\uE000';
/** The address a mail leads to: one with a secret as it was written, or a page of ours. Null when it has none, or the secret was forgotten. */
export const linkOf = (row: { link: string | null }, webUrl: string): string | null =>
  row.link === null ? null : new URL(row.link, webUrl).href;

/** Names longer than this are cut: a mail is no place for somebody else's text. */
const NAME_LENGTH = 80;

/** One line without control characters, for what people typed: no header, line or mark of ours can be made with it. */
export function plainLine(text: string, length = NAME_LENGTH): string {
  const line = text
    .normalize('NFC')
    // Joiners of emoji and of some scripts stay.
    .replaceAll(/(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const letters = [...line];
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : line;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]!);

export interface MailBody {
  subject: string;
  text: string;
  html: string;
}

/** A mail of paragraphs, the first behind a greeting, with one link at most. Everything is plain text; the HTML says the same. */
export function composeMail(parts: {
  subject: string;
  greeting: string;
  before: readonly string[];
  /** What the link does, as words of a button. */
  action?: string;
  after: readonly string[];
}): MailBody {
  const { subject, greeting, before, action, after } = parts;
  const link = action === undefined ? [] : [`${action}:\n${LINK_MARK}`];
  const text = [greeting, ...before, ...link, ...after].join('\n\n');
  const paragraph = (words: string) => `<p style="margin:0 0 14px">${escapeHtml(words)}</p>`;
  const button =
    action === undefined
      ? []
      : [
          `<p style="margin:0 0 14px"><a href="${LINK_MARK}" style="display:inline-block;padding:9px 16px;border-radius:6px;background:#1f5fbf;color:#ffffff;text-decoration:none">${escapeHtml(action)}</a></p>`,
          `<p style="margin:0 0 14px;font-size:13px;color:#555555">Or open this address: ${LINK_MARK}</p>`,
        ];
  const html = [
    '<!doctype html><html lang="en"><body style="margin:0;padding:24px;font:15px/1.5 sans-serif;color:#1a1a1a">',
    ...[greeting, ...before].map(paragraph),
    ...button,
    ...after.map(paragraph),
    '</body></html>',
  ].join('\n');
  return { subject: plainLine(subject, 150), text: `${text}\n`, html };
}

/** An instant as the clocks of the facility show it, with the zone's name: "Fri 4 Dec 2026, 14:05 CET (Europe/Berlin)". */
export function instantInWords(at: Date, timeZone: string): string {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'short',
    })
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const { weekday, day, month, year, hour, minute, timeZoneName } = parts;
  return `${weekday} ${day} ${month} ${year}, ${hour}:${minute} ${timeZoneName} (${timeZone})`;
}
