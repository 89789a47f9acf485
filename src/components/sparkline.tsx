import { type SpotLine, spotPieces, spotWords } from './spot-line-points.ts';

/** The line of spots per frame, in whatever room there is. */
export function SpotDrawing({ most }: Pick<SpotLine, 'most'>) {
  return (
    <svg
      aria-hidden
      viewBox="0 0 100 100"
      preserveAspectRatio="none"
      className="h-8 w-full overflow-visible border-line border-b"
    >
      {spotPieces(most).map((piece) => (
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
  );
}

/** The same for the room of a list's row: what it shows is told in words. */
export function Sparkline({ line }: { line: SpotLine }) {
  const words = spotWords(line);
  return (
    <span role="img" aria-label={words} title={words} className="block w-full">
      <SpotDrawing most={line.most} />
    </span>
  );
}
