'use client';
import { createContext, type ReactNode, useContext } from 'react';

const ZoneContext = createContext('UTC');

/** Times are shown in the facility's zone first, wherever the viewer sits: that is what logbooks and colleagues mean. */
export function FacilityZoneProvider({ timeZone, children }: { timeZone: string; children: ReactNode }) {
  return <ZoneContext value={timeZone}>{children}</ZoneContext>;
}

/** IANA name of the facility's time zone, "Europe/Berlin". */
export const useFacilityZone = (): string => useContext(ZoneContext);
