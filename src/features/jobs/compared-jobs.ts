import { formatMetric } from '#src/components/format-metric.ts';
import type { JobDetail } from '#src/server/domain/jobs/jobs.service.ts';
import { parameterText } from './parameter-words.ts';

/** More columns than this nobody reads side by side. */
export const MOST_COMPARED = 10;

export const comparePath = (jobIds: readonly string[]): string =>
  `/jobs/compare?jobs=${[...new Set(jobIds)].slice(0, MOST_COMPARED).join(',')}`;

/** What runs are called in a comparison, and the colours of their curves: told apart by most eyes (Okabe and Ito), legible on both grounds. */
export const RUN_LETTERS = 'ABCDEFGHIJ';
export const RUN_COLOURS = [
  ...['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#a6761d'],
  ...['#56b4e9', '#e69f00', '#7570b3', '#66a61e', '#888888'],
] as const;
const DASHES = ['solid', 'dash', 'dot', 'dashdot'] as const;

export interface ComparedRow {
  key: string;
  label: string;
  /** One for each run. */
  cells: string[];
  /** Not all are the same. */
  differs: boolean;
  betterIs: 'higher' | 'lower' | null;
  /** The runs with the best value, where one is better than another. */
  best: number[];
}

const rowOf = (key: string, label: string, cells: string[]): ComparedRow => ({
  ...{ key, label, cells, differs: new Set(cells).size > 1 },
  ...{ betterIs: null, best: [] },
});

/** What the runs were given, inputs of the same name in one row, in the order of the forms. */
export function parameterRows(jobs: readonly JobDetail[]): ComparedRow[] {
  const labels = new Map(
    jobs.flatMap((job) => job.declaredParameters.map(({ name, label }) => [name, label] as const)).reverse(),
  );
  const names = [...new Set(jobs.flatMap((job) => job.declaredParameters.map(({ name }) => name)))];
  return names.map((name) =>
    rowOf(
      name,
      labels.get(name) ?? name,
      jobs.map((job) => {
        const declared = job.declaredParameters.find((each) => each.name === name);
        return declared ? parameterText(declared, job.parameters[name], job.datasets) : '—';
      }),
    ),
  );
}

/** The numbers of runs, of those whose template says which is better with the best of them. */
export function metricRows(jobs: readonly JobDetail[]): ComparedRow[] {
  const declared = new Map(
    jobs.flatMap((job) => job.declaredMetrics.map((metric) => [metric.name, metric] as const)).reverse(),
  );
  const inOrder = jobs.flatMap((job) => job.declaredMetrics.map(({ name }) => name));
  const names = [...new Set([...inOrder, ...jobs.flatMap((job) => Object.keys(job.metrics))])];
  return names.map((name) => {
    const metric = declared.get(name);
    const values = jobs.map((job) => job.metrics[name] ?? null);
    const cells = values.map((value) =>
      metric ? formatMetric(metric, value) : value === null ? '—' : String(value),
    );
    const row = rowOf(name, metric?.label ?? name, cells);
    const betterIs = metric?.betterIs ?? null;
    const numbers = values.filter((value) => typeof value === 'number');
    if (betterIs === null || numbers.length < 2 || !row.differs) return { ...row, betterIs };
    const bestValue = betterIs === 'higher' ? Math.max(...numbers) : Math.min(...numbers);
    // What looks the same is not better.
    const bestText = cells[values.indexOf(bestValue)];
    const best = cells.flatMap((cell, index) => (cell === bestText ? [index] : []));
    return { ...row, betterIs, best: best.length === numbers.length ? [] : best };
  });
}

type Trace = Readonly<Record<string, unknown>>;
export interface ComparedPlot {
  id: string;
  title: string;
  /** The letter of the run, where its plot stands alone because it cannot be laid over others. */
  letter: string | null;
  traces: Trace[];
  layout: Readonly<Record<string, unknown>>;
}

/** Kinds of trace of which several are read in one picture. */
const LAID_OVER = new Set([undefined, 'scatter', 'bar', 'histogram', 'box', 'violin']);
const isPart = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A trace in the colour of its run; of several in one plot each has its own dashes. */
function ofRun(trace: Trace, run: number, index: number, single: boolean): Trace {
  const colour = RUN_COLOURS[run % RUN_COLOURS.length];
  const letter = RUN_LETTERS[run];
  const name =
    typeof trace.name === 'string' && trace.name !== '' && !single ? `${letter} ${trace.name}` : letter;
  return {
    ...trace,
    name,
    showlegend: true,
    line: { ...(isPart(trace.line) ? trace.line : {}), color: colour, dash: DASHES[index % DASHES.length] },
    marker: { ...(isPart(trace.marker) ? trace.marker : {}), color: colour, showscale: false },
    ...(trace.type === 'bar' || trace.type === 'histogram' ? { opacity: 0.7 } : {}),
  };
}

const spanOf = (axis: unknown): number => {
  const ticks = isPart(axis) && Array.isArray(axis.tickvals) ? axis.tickvals.map(Number) : [];
  return ticks.length === 0 ? -1 : Math.max(...ticks) - Math.min(...ticks);
};

/** The layout of the first, with each axis whose labels are given as that run has it whose labels reach farthest. */
function commonLayout(layouts: readonly Readonly<Record<string, unknown>>[]): Record<string, unknown> {
  const common: Record<string, unknown> = { ...layouts[0] };
  for (const layout of layouts) {
    for (const [name, axis] of Object.entries(layout)) {
      if (/^[xy]axis\d*$/.test(name) && spanOf(axis) > spanOf(common[name])) common[name] = axis;
    }
  }
  return common;
}

/** The plots of runs by their ids: curves laid over one another, maps one beside the other. */
export function comparedPlots(jobs: readonly Pick<JobDetail, 'plots'>[]): ComparedPlot[] {
  const ids = [...new Set(jobs.flatMap((job) => job.plots.map(({ id }) => id)))];
  return ids.flatMap((id): ComparedPlot[] => {
    const drawn = jobs.flatMap((job, run) =>
      job.plots.filter((plot) => plot.id === id).map((plot) => ({ plot, run })),
    );
    const { title } = drawn[0]!.plot;
    const layout = commonLayout(drawn.map(({ plot }) => plot.layout));
    const over = drawn.every(({ plot }) =>
      plot.data.every(({ type }) => LAID_OVER.has(type as string | undefined)),
    );
    if (!over) {
      return drawn.map(({ plot, run }) => ({
        ...{ id: `${id} ${run}`, title: plot.title, letter: RUN_LETTERS[run]! },
        ...{ traces: plot.data, layout: plot.layout },
      }));
    }
    const traces = drawn.flatMap(({ plot, run }) =>
      plot.data.map((trace, index) => ofRun(trace, run, index, plot.data.length === 1)),
    );
    return [{ id, title, letter: null, traces, layout: { barmode: 'group', ...layout, showlegend: true } }];
  });
}
