import { ThumbsDown, ThumbsUp } from 'lucide-react';
import { Status } from '#src/components/ui/status.tsx';
import type { AcquisitionMark } from '#src/shared/model/acquisition-fields.ts';
import { MARK_WORDS } from './acquisition-words.ts';

const ICONS = { good: ThumbsUp, bad: ThumbsDown } as const;

/** What a person holds of the data; looks like none of the states that machines tell. */
export function Mark({ mark, wordHidden = false }: { mark: AcquisitionMark; wordHidden?: boolean }) {
  const { word, tone } = MARK_WORDS[mark];
  return (
    <Status tone={tone} icon={ICONS[mark]} title={word} wordHidden={wordHidden} className="text-xs">
      {word}
    </Status>
  );
}
