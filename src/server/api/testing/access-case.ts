import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from '../root.ts';
import type { AccessRule, Outcome } from './access-rules.ts';
import type { AccessWorld, Persona } from './access-world.ts';

type Inputs = inferRouterInputs<AppRouter>;
type Outputs = inferRouterOutputs<AppRouter>;

/** One way of calling a procedure, and how it must end for whom. */
export interface AccessCase<Input = unknown, Output = unknown> {
  /** What tells this case from the others of the procedure. */
  what: string;
  rule: AccessRule;
  /** Valid, and about things of the world. */
  input(w: AccessWorld, me: Persona): Input;
  /** What a result means, in the words of the rule; without it every result is `done`. */
  outcome?(result: Output, w: AccessWorld, me: Persona): Outcome;
}

/** At least one case for every procedure there is: a router with a new one does not compile until its cases are written. */
export type AccessCases = {
  [Area in keyof Inputs]: {
    [Name in keyof Inputs[Area]]: readonly [
      AccessCase<Inputs[Area][Name], Name extends keyof Outputs[Area] ? Outputs[Area][Name] : never>,
      ...AccessCase<Inputs[Area][Name], Name extends keyof Outputs[Area] ? Outputs[Area][Name] : never>[],
    ];
  };
};
