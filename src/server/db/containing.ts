/** The pattern of `ilike` for a text anywhere; what people type means itself: no wildcards. */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
