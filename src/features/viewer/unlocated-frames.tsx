import { EmptyState } from '#src/components/ui/empty-state.tsx';
import { ErrorState } from '#src/components/ui/error-state.tsx';
import type { useLocatedFrames } from './use-located-frames.ts';

/** In place of frames that are stored, and of which it is not known where their files have them, or not yet. */
export function UnlocatedFrames({
  framesStored,
  isToBeLocated,
  unlocatedWhy,
  looking,
}: {
  framesStored: number;
  isToBeLocated: boolean;
  unlocatedWhy: readonly string[];
  looking: ReturnType<typeof useLocatedFrames>;
}) {
  if (looking.error) return <ErrorState error={looking.error} retry={looking.retry} />;
  const frames = framesStored === 1 ? 'The frame is' : `All ${framesStored} frames are`;
  if (isToBeLocated) {
    return (
      <EmptyState title="Looking up where the frames lie">
        <span role="status">
          {frames} in the store. This is read from their files once
          {looking.left ? `; ${looking.left} ${looking.left === 1 ? 'file' : 'files'} to go` : ''}.
        </span>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Stored, and not drawn here">
      {frames} in the store, in files whose frames cannot be fetched one by one. Download them from the files
      of the dataset.
      {unlocatedWhy.map((why) => (
        <span key={why} className="mt-1 block">
          {why}
        </span>
      ))}
    </EmptyState>
  );
}
