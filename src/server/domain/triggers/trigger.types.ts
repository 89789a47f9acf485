import type { TemplateParameter } from '../../../shared/contracts/job-template.ts';
import type { JobPriority, JobState } from '../../../shared/model/states.ts';
import type {
  FiringOutcome,
  TriggerConditions,
  TriggerEvent,
  VersionRule,
} from '../../../shared/model/trigger-rules.ts';

/** A trigger as the people of its instrument see it: what it runs on which event, and whether it does now. */
export interface TriggerView {
  id: string;
  name: string;
  event: TriggerEvent;
  enabled: boolean;
  /** Since when it stands so. */
  since: Date;
  /** Who switched it last; null: nobody, or a set-up script. */
  switchedByName: string | null;
  template: { slug: string; name: string };
  strategy: { id: string; name: string };
}

/** With all that its form holds. */
export interface TriggerDetail extends TriggerView {
  version: number;
  everyFrames: number | null;
  filePattern: string | null;
  conditions: TriggerConditions;
  versionRule: VersionRule;
  /** Of the template when the rule is fixed. */
  templateVersion: number;
  parameters: Record<string, unknown>;
  taken: Record<string, string>;
  profile: { id: string; name: string } | null;
  licence: { id: string; name: string } | null;
  onGrace: boolean;
  priority: JobPriority;
  mostAtOnce: number | null;
  debounceS: number;
}

export interface StrategyView {
  id: string;
  name: string;
  description: string;
  isDefault: boolean;
  /** How many experiments chose it. */
  chosenBy: number;
  triggers: TriggerDetail[];
}

/** A trigger as it stands in one experiment. */
export interface ExperimentTrigger extends TriggerDetail {
  /** What the experiment has otherwise; null: nothing. */
  override: { enabled: boolean | null; parameters: Record<string, unknown> } | null;
  /** Whether it starts jobs here. */
  isOn: boolean;
  /** What of its template may be set; the dataset is what fires it. */
  declared: TemplateParameter[];
}

export interface ExperimentStrategy {
  /** What counts; null: the instrument has no strategy. */
  strategy: { id: string; name: string; description: string; isDefault: boolean } | null;
  /** Null: the default of the instrument, whichever that is. */
  chosenId: string | null;
  choices: { id: string; name: string; isDefault: boolean; triggers: number; triggersOn: number }[];
  triggers: ExperimentTrigger[];
  canChange: boolean;
}

/** How a trigger decided about an event. */
export interface FiringView {
  id: string;
  at: Date;
  event: TriggerEvent;
  outcome: FiringOutcome;
  /** A sentence; empty when it started a job. */
  why: string;
  trigger: { id: string; name: string; strategyName: string };
  experiment: { id: string; code: string };
  dataset: { id: string; base: string } | null;
  path: string | null;
  cause: { jobId: string; templateName: string | null } | null;
  job: { id: string; state: JobState; templateName: string } | null;
}

/** What the form of a trigger offers beside what its templates declare. */
export interface TriggerChoices {
  templates: {
    slug: string;
    name: string;
    version: number;
    needsDataset: boolean;
    parameters: TemplateParameter[];
  }[];
  profiles: { id: string; name: string; cpus: number }[];
  licences: { id: string; name: string }[];
}
