'use client';
import type { Trace } from 'plotly.js-dist-min';
import { useEffect, useRef, useState } from 'react';
import { cn } from './class-names.ts';
import { preparePlotlyStyles } from './plot-styles.ts';
import { readPlotColours, themedLayout } from './plot-theme.ts';
import { onThemeChange } from './theme.ts';
import { Skeleton } from './ui/skeleton.tsx';

type Plotly = typeof import('plotly.js-dist-min').default;

let loading: Promise<Plotly> | undefined;

/** Plotly is 4.5 MB: fetched when the first plot comes into sight, once per page. */
function loadPlotly(): Promise<Plotly> {
  loading ??= (async () => {
    preparePlotlyStyles();
    return (await import('plotly.js-dist-min')).default;
  })();
  loading.catch(() => {
    loading = undefined;
  });
  return loading;
}

// No mode bar: double click resets, dragging zooms. It would bring a logo, a share button and style elements of its own.
const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  responsive: false,
  doubleClick: 'reset+autosize',
};

export interface PlotProps {
  /** Plotly traces, SVG kinds only (scatter, bar, histogram, heatmap…): the gl kinds need eval, which the policy forbids. */
  traces: readonly Trace[];
  /** Plotly layout; colours, fonts and margins come from the theme unless given. */
  layout?: Readonly<Record<string, unknown>>;
  /** What the plot shows, in words, for people who do not see it. */
  label: string;
  /** Fixed height by class, e.g. "h-48". */
  className?: string;
}

/** A curve plot in the colours of the theme. Not for detector images. */
export function Plot({ traces, layout, label, className }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<'waiting' | 'drawn' | 'failed'>('waiting');

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    let gone = false;
    let plotly: Plotly | undefined;
    const draw = async () => {
      try {
        plotly ??= await loadPlotly();
        if (gone) return;
        await plotly.react(element, traces, themedLayout(layout ?? {}, readPlotColours(element)), CONFIG);
        if (!gone) setState('drawn');
      } catch {
        // Told on screen: a chunk that did not arrive, or traces that Plotly refuses.
        if (!gone) setState('failed');
      }
    };
    const resize = new ResizeObserver(() => {
      if (plotly && !gone && element.offsetWidth > 0) void plotly.Plots.resize(element);
    });
    const sight = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        sight.disconnect();
        void draw().then(() => resize.observe(element));
      },
      { rootMargin: '200px' },
    );
    sight.observe(element);
    const stopTheme = onThemeChange(() => plotly && void draw());
    return () => {
      gone = true;
      stopTheme();
      sight.disconnect();
      resize.disconnect();
    };
  }, [traces, layout]);

  useEffect(() => {
    const element = host.current;
    return () => {
      if (element && loading) void loading.then((plotly) => plotly.purge(element)).catch(() => undefined);
    };
  }, []);

  return (
    <figure aria-label={label} className={cn('relative h-56 w-full', className)}>
      <div ref={host} className="absolute inset-0" />
      {state === 'waiting' && <Skeleton className="absolute inset-2" />}
      {state === 'failed' && (
        <p role="alert" className="absolute inset-0 grid place-items-center text-sm text-warn">
          This plot could not be drawn.
        </p>
      )}
    </figure>
  );
}
