export { AccessTokens } from './access-tokens.tsx';
export { InstrumentTokens } from './instrument-tokens.tsx';
