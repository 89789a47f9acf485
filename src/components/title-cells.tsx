/** Code and title in a row of a list, over the keywords; on a narrow screen one cell, with `narrow` in place of them. */
export function TitleCells({
  row,
  narrow,
}: {
  row: { code: string; title: string; keywords: readonly string[] };
  narrow: string;
}) {
  return (
    <>
      <span className="font-mono font-semibold text-sm max-md:hidden">{row.code}</span>
      <span className="grid min-w-0">
        <span className="truncate text-sm">
          <span className="mr-2 font-mono font-semibold md:hidden">{row.code}</span>
          {row.title}
        </span>
        <span className="truncate text-ink-faint text-xs">
          <span className="md:hidden">{narrow}</span>
          <span className="max-md:hidden">{row.keywords.join(' · ')}</span>
        </span>
      </span>
    </>
  );
}
