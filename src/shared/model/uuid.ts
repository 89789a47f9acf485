const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether PostgreSQL would take this text as a uuid; ids out of addresses are asked this before they reach a query. */
export const isUuid = (text: string): boolean => UUID.test(text);
