import { expect, it } from 'vitest';
import { parseUserName } from './user-name.ts';

it('tells user names from anything else', () => {
  expect(parseUserName(' Ada.Lovelace ')).toBe('ada.lovelace');
  for (const odd of ['ab', 'ada@example.org', '1ada', 'ada..l', 'ada.', 'a'.repeat(33), 'ädä']) {
    expect(parseUserName(odd), odd).toBeNull();
  }
});
