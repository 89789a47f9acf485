'use client';
import { useEffect, useState } from 'react';

/** The value once it has not changed for `ms`: a question for every letter that is typed would be answered behind the last one. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
