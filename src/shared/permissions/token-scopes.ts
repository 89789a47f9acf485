import type { ExperimentAction, InstrumentAction, TemplateAction } from './permission-table.ts';

export type TokenAction = ExperimentAction | InstrumentAction | TemplateAction;

/**
 * What an access token may be made for. A scope adds no right: it lets through some rows of the permission table, and of those only what the
 * person behind the token holds at that moment. Each operation of the API opens to one scope (docs/api.md); what a scope reads of an experiment
 * is what its operations need, so all but `files:read` let `experiment.view` through.
 */
export const TOKEN_SCOPES = {
  'experiments:read': {
    actions: ['experiment.view', 'experiment.people'],
    means: 'see experiments and projects, their members, datasets and lists of files',
  },
  'experiments:write': {
    actions: [
      'experiment.view',
      'experiment.edit',
      'experiment.plan',
      'experiment.link',
      'project.link',
      'instrument.activate',
    ],
    means: 'create, change, activate and finish experiments; create projects and link experiments to them',
  },
  'members:write': {
    actions: ['experiment.view', 'member.addViewer', 'member.manage', 'member.nameManagers'],
    means: 'add, invite and remove members',
  },
  'acquisitions:write': {
    actions: ['experiment.view', 'file.upload'],
    means: 'say what is measured: acquisitions and samples',
  },
  'uploads:write': {
    actions: ['experiment.view', 'upload.pause', 'instrument.agents'],
    means: 'switch uploading on and off',
  },
  'files:read': { actions: ['file.download'], means: 'download files' },
  'jobs:read': {
    actions: ['experiment.view', 'template.view'],
    means: 'see jobs, their logs and results, and job templates',
  },
  'jobs:write': {
    actions: ['experiment.view', 'job.run', 'job.cancelAny'],
    means: 'start and cancel jobs',
  },
  'templates:write': {
    actions: ['template.view', 'template.edit', 'template.archive'],
    means: 'make job templates, write new versions of them and archive them',
  },
  'instruments:read': {
    actions: ['experiment.view', 'instrument.cockpit', 'instrument.agents', 'instrument.streamFields'],
    means: 'see instruments, their agents and destinations',
  },
  'alarms:write': {
    actions: ['instrument.alarms', 'instrument.facilityAlarms'],
    means: 'acknowledge alarms',
  },
  'triggers:write': {
    actions: ['experiment.view', 'experiment.strategy', 'instrument.agents'],
    means: 'change strategies and triggers, and choose them for experiments',
  },
  'destinations:write': {
    actions: ['instrument.agents', 'instrument.streamFields'],
    means: 'set where the data of agents go, and what their streams fill in',
  },
} as const satisfies Record<string, { actions: readonly TokenAction[]; means: string }>;

export type TokenScope = keyof typeof TOKEN_SCOPES;
export const TOKEN_SCOPE_NAMES = Object.keys(TOKEN_SCOPES) as TokenScope[];

/** The scope that lets an action through, the one with the fewest others first; null where none does, so that no token can do it. */
export function scopeFor(action: TokenAction): TokenScope | null {
  const having = TOKEN_SCOPE_NAMES.filter((name) => scopesAllow([name], action));
  const size = (name: TokenScope) => TOKEN_SCOPES[name].actions.length;
  return having.sort((a, b) => size(a) - size(b))[0] ?? null;
}

export function scopesAllow(scopes: readonly TokenScope[], action: TokenAction): boolean {
  return scopes.some((name) => (TOKEN_SCOPES[name].actions as readonly TokenAction[]).includes(action));
}
