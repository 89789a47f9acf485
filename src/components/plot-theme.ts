/** Colours of a plot, read from the page's tokens, because Plotly draws with fixed ones. */
export interface PlotColours {
  ink: string;
  faint: string;
  line: string;
  surface: string;
  series: readonly string[];
}

const SERIES_TOKENS = ['--accent', '--warn', '--ok', '--queued', '--failed', '--muted'] as const;

/**
 * Resolved colours of the theme in use. A token holds both themes (`light-dark(…)`), so its text is of no use; a probe
 * element is coloured with it and asked what came out.
 */
export function readPlotColours(host: HTMLElement): PlotColours {
  const probe = document.createElement('span');
  probe.hidden = true;
  host.append(probe);
  const read = (token: string) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const colours: PlotColours = {
    ink: read('--ink-soft'),
    faint: read('--ink-faint'),
    line: read('--line'),
    surface: read('--raised'),
    series: SERIES_TOKENS.map(read),
  };
  probe.remove();
  return colours;
}

type Part = Readonly<Record<string, unknown>>;

const isPart = (value: unknown): value is Part =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The caller's layout over our defaults: transparent, tight margins, quiet grid, the app's own type. */
export function themedLayout(layout: Part, colours: PlotColours): Part {
  const axis = {
    gridcolor: colours.line,
    linecolor: colours.line,
    zerolinecolor: colours.line,
    tickcolor: colours.line,
    automargin: true,
  };
  const axes = new Set(['xaxis', 'yaxis', ...Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))]);
  const merged: Record<string, unknown> = {
    paper_bgcolor: 'transparent',
    plot_bgcolor: 'transparent',
    colorway: [...colours.series],
    margin: { l: 48, r: 12, t: layout.title === undefined ? 10 : 34, b: 40 },
    hovermode: 'x unified',
    hoverlabel: { bgcolor: colours.surface, bordercolor: colours.line, font: { color: colours.ink } },
    legend: { orientation: 'h', y: 1.02, yanchor: 'bottom', x: 0 },
    ...layout,
    font: {
      family: "'Inter Variable', sans-serif",
      size: 11,
      color: colours.ink,
      ...(isPart(layout.font) ? layout.font : {}),
    },
    autosize: true,
  };
  for (const name of axes) merged[name] = { ...axis, ...(isPart(layout[name]) ? layout[name] : {}) };
  return merged;
}
