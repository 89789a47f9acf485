import type { TriggerViewRow } from './trigger.repository.ts';
import type { TriggerDetail, TriggerView } from './trigger.types.ts';

export function viewOf(row: TriggerViewRow): TriggerView {
  const { trigger, templateSlug: slug, templateName } = row;
  return {
    ...{ id: trigger.id, name: trigger.name, event: trigger.event, enabled: trigger.enabled },
    since: trigger.switchedAt ?? trigger.createdAt,
    switchedByName: row.switchedByName,
    template: { slug, name: templateName },
    strategy: { id: trigger.strategyId, name: row.strategyName },
  };
}

export function detailOf(row: TriggerViewRow): TriggerDetail {
  const { trigger, profileName, licenceName } = row;
  const { version, everyFrames, filePattern, conditions, versionRule, parameters, taken } = trigger;
  const { profileId, licenceId, onGrace, priority, mostAtOnce, debounceS } = trigger;
  return {
    ...viewOf(row),
    ...{ version, everyFrames, filePattern, conditions, versionRule, parameters, taken },
    templateVersion: row.templateVersion,
    profile: profileId === null ? null : { id: profileId, name: profileName ?? '' },
    licence: licenceId === null ? null : { id: licenceId, name: licenceName ?? '' },
    ...{ onGrace, priority, mostAtOnce, debounceS },
  };
}
