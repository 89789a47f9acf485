import { formatCount } from '#src/components/format.ts';
import type { SpotLine } from '#src/server/domain/instruments/spot-line.ts';
import { mostSpots, spotPieces, spotWords } from './spot-curve-points.ts';

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
      <svg
        aria-hidden
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="h-8 w-full overflow-visible border-line border-b"
      >
        {spotPieces(line.most).map((piece) => (
          <polyline
            key={piece[0]!.x}
            // A frame alone: a line from it to itself is a dot.
            points={(piece.length === 1 ? [...piece, ...piece] : piece)
              .map(({ x, y }) => `${x},${y}`)
              .join(' ')}
            fill="none"
            vectorEffect="non-scaling-stroke"
            strokeLinecap="round"
            strokeLinejoin="round"
            strokeWidth={1.5}
            className="stroke-accent"
          />
        ))}
      </svg>
      <div className="flex justify-between">
        <span>{line.firstFrame}</span>
        <span>{line.lastFrame}</span>
      </div>
    </figure>
  );
}
