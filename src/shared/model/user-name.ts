/** What people may call themselves: lower case, so that it is one thing to say and to type; never to be taken for an address. */
export const USER_NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;
export const USER_NAME_MIN = 3;
export const USER_NAME_MAX = 32;

/** The user name as it is kept, whatever the case it was typed in; null when it cannot be one. */
export function parseUserName(typed: string): string | null {
  const name = typed.trim().toLowerCase();
  return name.length >= USER_NAME_MIN && name.length <= USER_NAME_MAX && USER_NAME.test(name) ? name : null;
}
