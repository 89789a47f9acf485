/** The few functions of Plotly we call; the package ships no types. */
declare module 'plotly.js-dist-min' {
  export type Trace = Readonly<Record<string, unknown>>;
  export function react(
    element: HTMLElement,
    traces: readonly Trace[],
    layout: Readonly<Record<string, unknown>>,
    config: Readonly<Record<string, unknown>>,
  ): Promise<HTMLElement>;
  export function purge(element: HTMLElement): void;
  export namespace Plots {
    function resize(element: HTMLElement): Promise<void>;
  }
  const plotly: { react: typeof react; purge: typeof purge; Plots: typeof Plots };
  export default plotly;
}
