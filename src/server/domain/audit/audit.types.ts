export interface AuditSearch {
  facilityId: string;
  /** Part of the name or e-mail of who did it, or whom it was done to; or the name of a part of the system. */
  who?: string;
  action?: string;
  experimentCode?: string;
  from?: Date;
  until?: Date;
}

/** One thing that was done, as an admin may see it. */
export interface AuditEntryView {
  id: number;
  at: Date;
  who: {
    kind: 'person' | 'agent' | 'system' | 'anonymous';
    id: string | null;
    name: string;
    email: string | null;
  };
  action: string;
  entityKind: string;
  entityId: string | null;
  /** Of a person or an agent that it was done to. */
  entityName: string | null;
  experimentCode: string | null;
  detail: Record<string, unknown>;
  /** Fields that only people of the experiment may see. */
  withheld: number;
  requestId: string | null;
}
