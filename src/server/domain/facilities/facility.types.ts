/** A facility as its admins see it. */
export interface AdministeredFacility {
  facilityId: string;
  code: string;
  name: string;
  timeZone: string;
}

export interface FacilityPolicies {
  /** So many days after its end staff keep access to a proprietary experiment. */
  staffAccessDays: number;
  /** So many days after its end an experiment may be analysed, where no licence of the facility says it. */
  processingWindowDays: number;
  /** What holds for an experiment that ends now. */
  processingWindowDaysNow: number;
}

export interface PersonName {
  id: string;
  name: string;
  email: string;
}

export interface AdministeredInstrument {
  instrumentId: string;
  slug: string;
  name: string;
  description: string;
  promiseMs: number;
  staff: PersonName[];
}

/** Somebody as admins see them: what they are, never what they measured. */
export interface DirectoryPerson extends PersonName {
  isAdmin: boolean;
  staffOf: { slug: string; name: string }[];
  labs: string[];
  /** At this facility. */
  experiments: number;
  hasPassword: boolean;
  /** Null when they never signed in. */
  lastSeenAt: Date | null;
  createdAt: Date;
  disabledAt: Date | null;
}
