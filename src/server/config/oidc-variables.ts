import { z } from 'zod';
import { isLoopbackHost } from './variable-types.ts';

/** Providers are told apart by these in variables (`BEAMDECK_OIDC2_ISSUER`) and in the addresses that are registered with them. */
export const OIDC_SLOTS = ['oidc', 'oidc2'] as const;
export type OidcSlot = (typeof OIDC_SLOTS)[number];
type OidcField = 'Issuer' | 'ClientId' | 'ClientSecret' | 'Name' | 'Scopes';

/** Providers of OpenID Connect that people may sign in through. A slot without an issuer is not used. */
export type OidcConfig = Record<`${OidcSlot}${OidcField}`, string> & {
  /** Whoever has an account there may make one here; without it only who was invited. */
  oidcSignUp: boolean;
};

/** What is set for one provider. */
export interface OidcSettings {
  slot: OidcSlot;
  /** In the form that URL parsing gives it: identities are kept under it. */
  issuer: string;
  clientId: string;
  /** Empty for a public client. */
  clientSecret: string;
  /** As people know it; on the button. */
  name: string;
  /** With blanks between; always with `openid`. */
  scopes: string;
}

/** An issuer is an address without query and fragment (OpenID Connect Discovery 1.0 §3). */
const issuer = z.string().transform((value, ctx): string => {
  const url = URL.parse(value);
  const isSound =
    url !== null && /^https?:$/.test(url.protocol) && !/[?#]/.test(value) && url.username === '';
  if (isSound && (url.protocol === 'https:' || isLoopbackHost(url.hostname))) return url.href;
  ctx.addIssue({
    code: 'custom',
    message:
      'must be an https:// address such as https://id.example.org/realms/facility (http:// only on 127.0.0.1)',
  });
  return z.NEVER;
});

const scopes = z.string().refine((value) => value.split(' ').includes('openid'), {
  error: "must be words with blanks between, among them 'openid'",
});

const variablesOf = (slot: OidcSlot) => {
  const prefix = `BEAMDECK_${slot.toUpperCase()}_`;
  const which = slot === 'oidc' ? 'a provider of OpenID Connect' : 'a second provider';
  return [
    {
      name: `${prefix}ISSUER`,
      key: `${slot}Issuer` as const,
      type: z.union([z.literal(''), issuer]),
      fallback: '',
      about: `Issuer of ${which} that people may sign in through. Empty: none. Register BEAMDECK_WEB_URL/api/auth/provider/${slot}/callback there.`,
    },
    {
      name: `${prefix}CLIENT_ID`,
      key: `${slot}ClientId` as const,
      type: z.string(),
      fallback: '',
      about: 'What it knows this installation by.',
    },
    {
      name: `${prefix}CLIENT_SECRET`,
      key: `${slot}ClientSecret` as const,
      type: z.string(),
      fallback: '',
      secret: true as const,
      about: 'Its secret; empty for a public client.',
    },
    {
      name: `${prefix}NAME`,
      key: `${slot}Name` as const,
      type: z.string().trim().max(60, 'must have at most 60 characters'),
      fallback: '',
      about: 'What people call it, for the button on the sign-in page.',
    },
    {
      name: `${prefix}SCOPES`,
      key: `${slot}Scopes` as const,
      type: scopes,
      fallback: 'openid email profile',
      about: 'What is asked of it.',
    },
  ];
};

/** Their rows in the list of all variables; none has to be set. */
export const OIDC_VARIABLES = [
  ...OIDC_SLOTS.flatMap(variablesOf),
  {
    name: 'BEAMDECK_OIDC_SIGN_UP',
    key: 'oidcSignUp' as const,
    type: z.enum(['0', '1'], { error: 'must be 0 or 1' }).transform((value) => value === '1'),
    fallback: '0',
    about:
      '1 = whoever has a verified address there may make an account here; 0 = only who was invited to that address.',
  },
];

/** The providers that are set, in order. */
export const oidcProviders = (config: OidcConfig): OidcSettings[] =>
  OIDC_SLOTS.map((slot) => ({
    slot,
    issuer: config[`${slot}Issuer`],
    clientId: config[`${slot}ClientId`],
    clientSecret: config[`${slot}ClientSecret`],
    name: config[`${slot}Name`],
    scopes: config[`${slot}Scopes`],
  })).filter(({ issuer: address }) => address !== '');

/** The same as far as people have to do with them: no secrets, for pages. */
export const providerNames = (config: OidcConfig): { slot: OidcSlot; name: string }[] =>
  oidcProviders(config).map(({ slot, name }) => ({ slot, name }));

/** Rules between them. */
export function oidcFaults(config: OidcConfig): string[] {
  const faults: string[] = [];
  const used = oidcProviders(config);
  for (const { slot, clientId, name } of used) {
    const prefix = `BEAMDECK_${slot.toUpperCase()}_`;
    if (clientId === '') faults.push(`${prefix}CLIENT_ID must be set when ${prefix}ISSUER is`);
    if (name === '') faults.push(`${prefix}NAME must be set when ${prefix}ISSUER is`);
  }
  if (new Set(used.map(({ issuer: address }) => address)).size < used.length) {
    faults.push('BEAMDECK_OIDC2_ISSUER must be another one than BEAMDECK_OIDC_ISSUER');
  }
  return faults;
}
