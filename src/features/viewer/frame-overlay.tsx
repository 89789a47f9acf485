'use client';

import type { OverlayColours } from './overlay-colours.ts';
import { type OverlayRing, ringLabelAt } from './overlay-rings.ts';
import type { MarkedShape } from './region-statistics.ts';
import type { CanvasSize, ViewTransform } from './view-transform.ts';

interface FrameOverlayProps {
  rings: readonly OverlayRing[];
  beam: { fast: number; slow: number } | null;
  mark: MarkedShape | null;
  box: Pick<MarkedShape, 'from' | 'to'> | null;
  shape: readonly [number, number];
  view: ViewTransform;
  canvas: CanvasSize;
  colours: OverlayColours;
}

function Rectangle({ from, to }: Pick<MarkedShape, 'from' | 'to'>) {
  return (
    <rect
      x={Math.min(from[0], to[0])}
      y={Math.min(from[1], to[1])}
      width={Math.abs(to[0] - from[0])}
      height={Math.abs(to[1] - from[1])}
      vectorEffect="non-scaling-stroke"
    />
  );
}

function Mark({ kind, from, to }: MarkedShape) {
  if (kind === 'rectangle') return <Rectangle from={from} to={to} />;
  if (kind === 'line')
    return <line x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} vectorEffect="non-scaling-stroke" />;
  const radius = Math.hypot(to[0] - from[0], to[1] - from[1]);
  return <circle cx={from[0]} cy={from[1]} r={radius} vectorEffect="non-scaling-stroke" />;
}

/** Lines over the image, in its coordinates: rings with their values, the beam's cross, what was marked. */
export function FrameOverlay({ rings, beam, mark, box, shape, view, canvas, colours }: FrameOverlayProps) {
  const { density } = canvas;
  const onCanvas = (fast: number, slow: number) => ({
    x: fast * view.scale + view.x,
    y: slow * view.scale + view.y,
  });
  const cross = beam ? onCanvas(beam.fast, beam.slow) : null;
  const arm = 12 * density;
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${canvas.width} ${canvas.height}`}
      className="pointer-events-none absolute inset-0 h-full w-full overflow-hidden"
      fill="none"
      data-testid="frame-overlay"
    >
      <g
        transform={`matrix(${view.scale} 0 0 ${view.scale} ${view.x} ${view.y})`}
        strokeWidth={1.25 * density}
      >
        {rings.map(({ resolutionA, isIce, path }) => (
          <path
            key={`${isIce} ${resolutionA}`}
            d={path}
            vectorEffect="non-scaling-stroke"
            stroke={isIce ? colours.ice : colours.ring}
            strokeDasharray={isIce ? `${4 * density} ${4 * density}` : undefined}
            data-ring={resolutionA}
          />
        ))}
        <g stroke={colours.mark} strokeWidth={1.75 * density}>
          {mark && <Mark {...mark} />}
          {box && <Rectangle {...box} />}
        </g>
      </g>
      {cross && (
        <path
          d={`M${cross.x - arm} ${cross.y}H${cross.x + arm}M${cross.x} ${cross.y - arm}V${cross.y + arm}`}
          stroke={colours.mark}
          strokeWidth={1.75 * density}
          data-testid="beam-cross"
        />
      )}
      {rings.map((ring) => {
        const at = ringLabelAt(ring, shape, view, canvas, 16 * density);
        return (
          at && (
            <text
              key={`${ring.isIce} ${ring.resolutionA}`}
              {...at}
              textAnchor="middle"
              dominantBaseline="middle"
              fontSize={11 * density}
              fill={ring.isIce ? colours.ice : colours.ring}
              stroke={colours.halo}
              strokeWidth={4 * density}
              paintOrder="stroke"
              className="font-mono"
            >
              {ring.resolutionA} Å
            </text>
          )
        );
      })}
    </svg>
  );
}
