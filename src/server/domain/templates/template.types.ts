import type { TemplateMetric, TemplateParameter } from '../../../shared/contracts/job-template.ts';
import type {
  TemplateContent,
  TemplateLanguage,
  TemplateOutput,
} from '../../../shared/contracts/template-content.ts';
import type { TemplateRequirement } from '../../../shared/contracts/template-requirement.ts';

/** A template as a list shows it: its newest version. */
export interface TemplateItem {
  slug: string;
  name: string;
  description: string;
  version: number;
  parameters: TemplateParameter[];
  /** Null: a program of the product. */
  language: TemplateLanguage | null;
  /** It came with the product: nobody owns it or changes it here. */
  isShipped: boolean;
  ownerName: string | null;
  isMine: boolean;
  /** When the newest version was made. */
  changedAt: Date;
  archivedAt: Date | null;
  /** What the machine that runs jobs lacks for it; null: not looked at yet. */
  missing: TemplateRequirement[] | null;
}

/** Of a version that reaches the network. */
export interface TemplateNetwork {
  /** The facilities that allowed it. */
  allowed: { facilityId: string; facilityName: string; allowedByName: string | null; allowedAt: Date }[];
  /** Those whose admin the caller is. */
  mayAllow: { facilityId: string; facilityName: string }[];
}

export interface TemplateVersion {
  version: number;
  name: string;
  note: string;
  madeByName: string | null;
  createdAt: Date;
}

/** With whom a template is shared; `name` is the person's, instrument's or facility's, of everyone null. */
export interface TemplateShareView {
  shareId: string;
  sharedWith: 'person' | 'instrument' | 'facility' | 'everyone';
  name: string | null;
  sharedByName: string | null;
  createdAt: Date;
  /** Whether the caller may take it back. */
  mayEnd: boolean;
}

/** One version of a template as its page shows it. */
export interface TemplateDetail extends TemplateItem {
  /** The number of the newest version; `version` is the shown one. */
  newestVersion: number;
  metrics: TemplateMetric[];
  outputs: TemplateOutput[];
  requires: TemplateRequirement[];
  /** Null: it does not ask for the network. */
  network: TemplateNetwork | null;
  timeLimitS: number;
  memoryLimitBytes: number;
  missingSeenAt: Date | null;
  /** All of it, as it is edited and taken elsewhere; null: a program of the product. */
  content: TemplateContent | null;
  versions: TemplateVersion[];
  shares: TemplateShareView[];
  mayEdit: boolean;
  mayArchive: boolean;
  /** With whom the caller may share it: the instruments they are staff of, and whether with its facility and everybody. */
  mayShare: { people: boolean; instruments: { id: string; name: string }[]; facility: boolean };
}

export type ShareWith =
  | { sharedWith: 'person'; personId: string }
  | { sharedWith: 'instrument'; instrumentId: string }
  | { sharedWith: 'facility' }
  | { sharedWith: 'everyone' };
