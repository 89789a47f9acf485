export { AgentsPage } from './agents-page.tsx';
export { IssueLicence, RestoreLicence, RevokeLicence } from './licence-actions.tsx';
export { LastDay, LICENCE_WORDS } from './licence-facts.tsx';
export { NewAgent } from './new-agent.tsx';
export { ChangeStreamFields, StreamFieldsRules } from './stream-fields-rules.tsx';
