/** How much has no Owner who can sign in. @param count at most a hundred are told of */
export function ownedInWords(count: number): string {
  if (count === 0) return 'Everything has an Owner who can sign in.';
  if (count === 1)
    return 'An experiment or project is owned by a disabled account: nobody can name its Managers.';
  const many = count >= 100 ? '100 or more' : String(count);
  return `${many} experiments and projects are owned by disabled accounts: nobody can name their Managers.`;
}

/** Why these people and no others may be chosen. */
export function heirsInWords(heirs: readonly { role: string }[]): string {
  const role = heirs[0]?.role;
  if (role === 'manager') return 'Managers come first: they are who is shown.';
  return role === 'member'
    ? 'It has no Manager who can sign in.'
    : 'It has no Manager or Member who can sign in.';
}
