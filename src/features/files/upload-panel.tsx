'use client';
import { ChevronDown, ChevronUp, Pause, Play, RotateCcw, X } from 'lucide-react';
import { useState } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { exactBytes, formatBytes, formatCount } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { ConfirmDialog } from '#src/components/ui/confirm-dialog.tsx';
import { Progress } from '#src/components/ui/progress.tsx';
import { Status, type Tone } from '#src/components/ui/status.tsx';
import { VirtualList } from '#src/components/ui/virtual-list.tsx';
import { ENDED, RefusedPart, type UploadState } from './file-upload.ts';
import { type QueuedUpload, queue, useUploads } from './upload-queue.ts';

const ROW_HEIGHT = 52;
const ROWS_SHOWN = 4;

const WORDS: Readonly<Record<UploadState, { tone: Tone; words: string }>> = {
  waiting: { tone: 'queued', words: 'waits its turn' },
  sending: { tone: 'running', words: 'is sent' },
  offline: { tone: 'warn', words: 'no connection: goes on by itself' },
  paused: { tone: 'muted', words: 'paused' },
  done: { tone: 'ok', words: 'stored, checked' },
  failed: { tone: 'failed', words: 'refused' },
  cancelled: { tone: 'muted', words: 'cancelled' },
};

function faultWords(fault: unknown): string {
  return fault instanceof RefusedPart ? fault.message : sentenceOf(fault);
}

function UploadRow({ upload: { id, name, sizeBytes, view } }: { upload: QueuedUpload }) {
  const { state, sentBytes, path, fault } = view;
  const { tone, words } = WORDS[state];
  const said = state === 'failed' ? faultWords(fault) : words;
  const isAll = sentBytes === sizeBytes && state === 'sending';
  return (
    <div className="grid h-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2 px-3">
      <div className="grid min-w-0 gap-1">
        <div className="flex min-w-0 items-baseline gap-2 text-sm">
          <span className="truncate font-mono" title={path}>
            {name}
          </span>
          <span className="ml-auto shrink-0 text-ink-faint text-xs" title={exactBytes(sizeBytes)}>
            {ENDED.includes(state)
              ? formatBytes(sizeBytes)
              : `${formatBytes(sentBytes)} of ${formatBytes(sizeBytes)}`}
          </span>
        </div>
        {state === 'sending' && !isAll ? (
          <Progress value={sentBytes} max={sizeBytes} label={`Upload of ${name}`} />
        ) : (
          <Status tone={tone} className="min-w-0 text-xs">
            <span className="truncate" title={said}>
              {isAll ? 'is checked' : said}
            </span>
          </Status>
        )}
      </div>
      <div className="flex">
        {(state === 'sending' || state === 'offline' || state === 'waiting') && (
          <Button look="quiet" size="icon-sm" aria-label={`Pause ${name}`} onClick={() => queue.pause([id])}>
            <Pause aria-hidden />
          </Button>
        )}
        {state === 'paused' && (
          <Button
            look="quiet"
            size="icon-sm"
            aria-label={`Go on with ${name}`}
            onClick={() => queue.goOn([id])}
          >
            <Play aria-hidden />
          </Button>
        )}
        {state === 'failed' && (
          <Button
            look="quiet"
            size="icon-sm"
            aria-label={`Try ${name} again`}
            onClick={() => queue.goOn([id])}
          >
            <RotateCcw aria-hidden />
          </Button>
        )}
        {!ENDED.includes(state) && (
          <Button
            look="quiet"
            size="icon-sm"
            aria-label={`Cancel ${name}`}
            onClick={() => queue.cancel([id])}
          >
            <X aria-hidden />
          </Button>
        )}
      </div>
    </div>
  );
}

function headline(uploads: readonly QueuedUpload[]): string {
  const open = uploads.filter(({ view }) => !ENDED.includes(view.state));
  const failed = uploads.filter(({ view }) => view.state === 'failed').length;
  const done = uploads.filter(({ view }) => view.state === 'done').length;
  const told = [
    `${formatCount(done)} of ${formatCount(uploads.length)} stored`,
    failed > 0 ? `${formatCount(failed)} refused` : null,
  ];
  if (open.length > 0) {
    const left = open.reduce((sum, { sizeBytes, view }) => sum + sizeBytes - view.sentBytes, 0);
    told.push(`${formatBytes(left)} to go`);
  }
  return told.filter((words) => words !== null).join(' · ');
}

/** What is on its way from this tab into this experiment. */
export function UploadPanel({ experimentId }: { experimentId: string }) {
  const uploads = useUploads().filter((upload) => upload.experimentId === experimentId);
  const [isFolded, setFolded] = useState(false);
  if (uploads.length === 0) return null;
  const states = new Set(uploads.map(({ view }) => view.state));
  const isMoving = states.has('sending') || states.has('waiting') || states.has('offline');
  const isOpen = isMoving || states.has('paused');
  const ids = uploads.map(({ id }) => id);
  const totalBytes = uploads.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const sentBytes = uploads.reduce((sum, { view }) => sum + view.sentBytes, 0);
  const Fold = isFolded ? ChevronUp : ChevronDown;
  return (
    <section aria-label="Uploads" className="border-t bg-surface">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 px-3 py-1.5">
        <h2 className="font-semibold text-sm">Uploads</h2>
        <span role="status" className="text-ink-soft text-xs tabular-nums">
          {headline(uploads)}
        </span>
        {isOpen && (
          <Progress className="w-24 max-sm:hidden" value={sentBytes} max={totalBytes} label="All uploads" />
        )}
        <span className="ml-auto flex items-center">
          {isMoving && (
            <Button look="quiet" size="sm" onClick={() => queue.pause(ids)}>
              Pause all
            </Button>
          )}
          {!isMoving && states.has('paused') && (
            <Button look="quiet" size="sm" onClick={() => queue.goOn(ids)}>
              Go on
            </Button>
          )}
          {isOpen ? (
            <ConfirmDialog
              trigger={
                <Button look="quiet" size="sm">
                  Cancel all
                </Button>
              }
              title="Cancel all uploads?"
              action="Cancel the uploads"
              onConfirm={() => queue.cancel(ids)}
            >
              What is stored stays. What was sent of the others is thrown away.
            </ConfirmDialog>
          ) : (
            <Button look="quiet" size="sm" onClick={queue.clear}>
              Clear
            </Button>
          )}
          <Button
            look="quiet"
            size="icon-sm"
            aria-label={isFolded ? 'Show the uploads' : 'Fold the uploads'}
            aria-expanded={!isFolded}
            onClick={() => setFolded(!isFolded)}
          >
            <Fold aria-hidden />
          </Button>
        </span>
      </header>
      {!isFolded && (
        <div className="border-t" style={{ height: Math.min(ROWS_SHOWN, uploads.length) * ROW_HEIGHT }}>
          <VirtualList
            label="Files on their way"
            rows={uploads}
            rowHeight={ROW_HEIGHT}
            rowKey={({ id }) => String(id)}
          >
            {(upload) => <UploadRow upload={upload} />}
          </VirtualList>
        </div>
      )}
    </section>
  );
}
