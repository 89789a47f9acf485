import { formatCount } from '#src/components/format.ts';
import { SpotDrawing } from '#src/components/sparkline.tsx';
import { mostSpots, spotWords } from '#src/components/spot-line-points.ts';
import type { SpotLine } from '#src/server/domain/instruments/spot-line.ts';

/** Spots per frame as a small line, the strongest frame of each part of a long series. */
export function SpotCurve({ line }: { line: SpotLine }) {
  const words = spotWords(line);
  return (
    <figure
      role="img"
      aria-label={words}
      title={words}
      className="grid gap-0.5 px-3 pb-2 text-2xs text-ink-faint"
    >
      <div className="flex justify-between">
        <span>spots per frame</span>
        <span>at most {formatCount(mostSpots(line.most))}</span>
      </div>
      <SpotDrawing most={line.most} />
      <div className="flex justify-between">
        <span>{line.firstFrame}</span>
        <span>{line.lastFrame}</span>
      </div>
    </figure>
  );
}
