'use client';
import { Download } from 'lucide-react';
import type { RefObject } from 'react';
import { saveFile, saveText } from '#src/components/save-file.ts';
import { Button } from '#src/components/ui/button.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { npyFile } from './npy.ts';
import type { Slice } from './reading/read-slice.ts';
import { MOST_CSV_VALUES, sliceCsv } from './slice-csv.ts';

/** What is shown, as a file: all of its values, not only those that are drawn. */
export function ExportButtons({
  slice,
  name,
  picture,
}: {
  slice: Slice;
  /** Without an ending. */
  name: string;
  picture: RefObject<HTMLCanvasElement | null> | null;
}) {
  const count = slice.kind === 'numbers' ? slice.values.length : (slice.cells[0]?.length ?? 0);
  const isTooLong = count > MOST_CSV_VALUES;
  const isFlat = slice.shape.length <= 2;
  const savePicture = () =>
    picture?.current?.toBlob((blob) => {
      if (blob) saveFile(blob, `${name}.png`);
      else toast.failed('The browser could not make a PNG of this picture.');
    });
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      <Button
        size="sm"
        disabled={isTooLong || !isFlat}
        title={
          isTooLong
            ? 'Too many values for CSV: save as NPY, or choose a smaller slice'
            : isFlat
              ? 'Save this slice as CSV'
              : 'CSV holds up to two axes: choose a place on the others'
        }
        onClick={() => saveText(sliceCsv(slice), `${name}.csv`, 'text/csv')}
      >
        <Download aria-hidden /> CSV
      </Button>
      {slice.kind === 'numbers' && (
        <Button
          size="sm"
          title="Save this slice for NumPy"
          onClick={() =>
            saveFile(
              new Blob([npyFile(slice.values, slice.dtype, slice.shape)], {
                type: 'application/octet-stream',
              }),
              `${name}.npy`,
            )
          }
        >
          <Download aria-hidden /> NPY
        </Button>
      )}
      {picture && (
        <Button size="sm" title="Save the picture as it is drawn" onClick={savePicture}>
          <Download aria-hidden /> PNG
        </Button>
      )}
    </div>
  );
}
