export * from './agents.ts';
export * from './data.ts';
export * from './events.ts';
export * from './experiments.ts';
export * from './jobs.ts';
export * from './people.ts';
export * from './tokens.ts';
