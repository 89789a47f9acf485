import type { ReactNode } from 'react';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { Table, Th } from '#src/components/ui/table.tsx';

/** A table on a card of its own, or the sentence that stands there while it has no rows. */
export function TableCard<Row>({
  title,
  hint,
  empty,
  heads,
  rows,
  row,
}: {
  title: string;
  hint: string;
  empty: string;
  /** What stands over each column, and its look. */
  heads: readonly (readonly [text: string, className?: string])[];
  rows: readonly Row[];
  row: (row: Row) => ReactNode;
}) {
  return (
    <Card>
      <CardHeader title={title} hint={hint} />
      {rows.length === 0 ? (
        <CardBody>
          <p className="text-ink-faint text-sm">{empty}</p>
        </CardBody>
      ) : (
        <div className="relative overflow-x-auto">
          <Table>
            <thead>
              <tr>
                {heads.map(([text, className]) => (
                  <Th key={text} className={className}>
                    {text}
                  </Th>
                ))}
              </tr>
            </thead>
            <tbody>{rows.map(row)}</tbody>
          </Table>
        </div>
      )}
    </Card>
  );
}
