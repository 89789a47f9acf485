import { cn } from '../class-names.ts';

/** Holds the place of what is on its way, in its size, so that nothing jumps. Only for what was never loaded before. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cn('block animate-live rounded-sm bg-hover', className)} />;
}

/** The head and the first rows of a page with tabs that is loading. */
export function SkeletonFrame() {
  return (
    <div className="grid gap-3 p-3 sm:p-4">
      <Skeleton className="h-7 w-80 max-w-full" />
      <Skeleton className="h-5 w-64" />
      <SkeletonRows />
    </div>
  );
}

/** Rows of a list that is loading; announces itself once. */
export function SkeletonRows({ rows = 6, className }: { rows?: number; className?: string }) {
  return (
    <div className={cn('grid gap-2 p-3', className)} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders are all alike
        <Skeleton key={row} className="h-6" />
      ))}
    </div>
  );
}
