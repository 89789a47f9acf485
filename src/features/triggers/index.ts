export { ExperimentTriggers } from './experiment-triggers.tsx';
export { StrategiesPage } from './strategies-page.tsx';
export { StrategyField } from './strategy-field.tsx';
export { eventClause } from './trigger-words.ts';
