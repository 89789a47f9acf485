/** So long what may be deleted stays where it is, and can still be kept. */
export const DELETION_GRACE_DAYS = 14;
