'use client';
import { createContext, useContext } from 'react';
import type { ExperimentDetail } from '#src/server/domain/experiments/experiment.types.ts';

export const ExperimentContext = createContext<ExperimentDetail | null>(null);

/** The experiment of the page one is on. */
export function useExperiment(): ExperimentDetail {
  const experiment = useContext(ExperimentContext);
  if (!experiment) throw new Error('useExperiment is only for the pages of an experiment');
  return experiment;
}

export const RefreshContext = createContext<() => void>(() => {});

/** Asks for the experiment of the page again, soon. */
export const useRefreshExperiment = (): (() => void) => useContext(RefreshContext);
