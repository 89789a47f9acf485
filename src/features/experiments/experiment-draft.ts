import {
  calendarDate,
  experimentKeywords,
  experimentTerms,
  experimentTitle,
  keywordsOf,
  PLAN_OUT_OF_ORDER,
  personName,
  plannedInOrder,
} from '#src/shared/model/experiment-fields.ts';
import { normalText } from '#src/shared/model/plain-text.ts';
import { instantOfLocal, localText } from '#src/shared/model/zoned-instant.ts';

/** What stands in the fields of the form, as typed. Times are those of the facility's clocks. */
export interface ExperimentDraft {
  title: string;
  keywords: string;
  piName: string;
  /** `2026-11-21T14:23`, or empty. */
  plannedStart: string;
  plannedEnd: string;
  proprietary: boolean;
  /** `2029-11-21`, or empty. */
  embargoUntil: string;
  terms: string;
}

export type DraftFaults = Partial<Record<keyof ExperimentDraft, string>>;

export const EMPTY_DRAFT: ExperimentDraft = {
  title: '',
  keywords: '',
  piName: '',
  plannedStart: '',
  plannedEnd: '',
  proprietary: true,
  embargoUntil: '',
  terms: '',
};

interface Written {
  title: string;
  keywords: string[];
  piName: string;
  plannedStart: Date | null;
  plannedEnd: Date | null;
  proprietary: boolean;
  embargoUntil: string | null;
  terms: string;
}

export function draftOf(experiment: Written, timeZone: string): ExperimentDraft {
  const local = (at: Date | null) => (at ? localText(at, timeZone) : '');
  return {
    title: experiment.title,
    keywords: experiment.keywords.join(', '),
    piName: experiment.piName,
    plannedStart: local(experiment.plannedStart),
    plannedEnd: local(experiment.plannedEnd),
    proprietary: experiment.proprietary,
    embargoUntil: experiment.embargoUntil ?? '',
    terms: experiment.terms,
  };
}

/** The draft as the server takes it; an empty date is none. */
export function fieldsOf(draft: ExperimentDraft, timeZone: string): Written {
  return {
    title: normalText(draft.title),
    keywords: keywordsOf(draft.keywords),
    piName: normalText(draft.piName),
    plannedStart: instantOfLocal(draft.plannedStart, timeZone),
    plannedEnd: instantOfLocal(draft.plannedEnd, timeZone),
    proprietary: draft.proprietary,
    embargoUntil: draft.embargoUntil || null,
    terms: normalText(draft.terms, true),
  };
}

const faultIn = (
  schema: { safeParse(value: unknown): { error?: { issues: { message: string }[] } | undefined } },
  value: unknown,
) => schema.safeParse(value).error?.issues[0]?.message;

/** What is wrong with the draft, field by field, by the rules of the server. */
export function faultsOf(draft: ExperimentDraft, timeZone: string): DraftFaults {
  const fields = fieldsOf(draft, timeZone);
  const noTime = (typed: string, at: Date | null) =>
    typed && !at ? 'This is not a date and time.' : undefined;
  const faults: DraftFaults = {
    title: faultIn(experimentTitle, draft.title),
    keywords: faultIn(experimentKeywords, fields.keywords),
    piName: draft.piName === '' ? undefined : faultIn(personName, draft.piName),
    plannedStart: noTime(draft.plannedStart, fields.plannedStart),
    plannedEnd:
      noTime(draft.plannedEnd, fields.plannedEnd) ??
      (plannedInOrder(fields) ? undefined : PLAN_OUT_OF_ORDER.error),
    embargoUntil: draft.embargoUntil ? faultIn(calendarDate, draft.embargoUntil) : undefined,
    terms: faultIn(experimentTerms, draft.terms),
  };
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined));
}

/** The fields that differ from `before`: only these are sent, so that two people who edit different things meet in the version alone. */
export function changesOf(
  draft: ExperimentDraft,
  before: ExperimentDraft,
  timeZone: string,
): Partial<Written> {
  const fields = fieldsOf(draft, timeZone);
  const names = (Object.keys(draft) as (keyof ExperimentDraft)[]).filter(
    (name) => draft[name] !== before[name],
  );
  return Object.fromEntries(names.map((name) => [name, fields[name]]));
}
