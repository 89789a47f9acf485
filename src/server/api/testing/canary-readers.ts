import { ACCESS_CASES } from './access-cases.ts';
import { heldBy, PERSONA_NAMES, PERSONAS, type PersonaName, type PersonaSpec } from './access-personas.ts';
import { inExperiment } from './access-rules.ts';
import type { Persona } from './access-world.ts';
import { NOBODYS, type Reader } from './canary-search.ts';
import type { CanaryWorld } from './canary-world.ts';
import type { RestCaller } from './rest-callers.ts';

/** What staff of the instrument see: not of `before`, whose end lies too far back. */
const STAFF = ['running', 'next', 'after', 'open', 'tray', 'agents', 'licences'];

/** Whose words somebody may read who holds this. */
function readableBy(spec: PersonaSpec): ReadonlySet<string> {
  const reads = spec.readsBy === 'project';
  return new Set([
    ...(spec.member || reads ? ['running', 'next', 'project'] : []),
    // Of what was taken back the project itself is left, to its Owner and to whoever is in it.
    ...(spec.member === 'owner' || spec.readsBy === 'former project' ? ['former'] : []),
    ...(spec.staffOf === 'instrument' ? STAFF : []),
    // Of the agents alone what their licences say: not what they bring, nor where it goes.
    ...(spec.adminOf === 'facility' ? ['licences'] : []),
    ...(spec.staffOf === 'other instrument' ? ['elsewhere'] : []),
  ]);
}

/** Somebody who comes with the cookie of a session. */
export interface BrowserReader extends Reader {
  me: Persona;
  signedIn: boolean;
}

/** Every persona of the access matrix, and the people of the other groups. */
export function browserReaders({ w, visitors, groups }: CanaryWorld): BrowserReader[] {
  const personas = PERSONA_NAMES.map((name): BrowserReader => {
    const { signedIn } = heldBy(name);
    return { name, me: w.personas[name], signedIn, may: signedIn ? readableBy(PERSONAS[name]) : NOBODYS };
  });
  const others = Object.entries(visitors).map(([name, visitor]): BrowserReader => {
    const me = { ...visitor, name: 'stranger' as const, ownJobId: groups.before.jobId };
    return { name: `somebody of ${name}`, me, signedIn: true, may: new Set([name]) };
  });
  return [...personas, ...others];
}

/** What may come to a caller of the API: what their person reads, where the token lets through what the person holds. */
export function readerOfToken(caller: RestCaller): Reader {
  const lets = caller.expected(inExperiment('experiment.view')) === 'done';
  const ofOther = ['token of staff of another instrument', 'token of former reader'].includes(caller.name);
  const may = lets || ofOther ? readableBy(PERSONAS[caller.me.name as PersonaName]) : NOBODYS;
  return { name: caller.name, may };
}

/** Every case of the access matrix: the procedure, and what is asked of it. */
export const ASKED = Object.entries(ACCESS_CASES).flatMap(([area, procedures]) =>
  Object.entries(procedures).flatMap(([name, cases]) =>
    (cases as readonly { what: string; input(w: CanaryWorld['w'], me: Persona): unknown }[]).map((row) => ({
      path: `${area}.${name}`,
      ...row,
    })),
  ),
);

/** Names the things of another group where an input names those of the running experiment. */
export function aboutOthers({ w, groups: { before, after } }: CanaryWorld, input: string): string {
  const pairs: [string, string][] = [
    [w.running.filePath, before.filePath],
    [w.running.id, before.id],
    [w.running.code, before.code],
    [w.running.datasetId, before.datasetId],
    [w.running.fileId, before.fileId],
    [w.running.jobId, before.jobId],
    [w.sampleId, before.sampleId],
    [w.next.id, after.id],
    [w.next.code, after.code],
  ];
  return pairs.reduce((text, [from, to]) => text.replaceAll(from, to), input);
}
