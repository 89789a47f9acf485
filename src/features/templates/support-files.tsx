'use client';
import { FileUp, Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { formatBytes } from '#src/components/format.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import { contentBytes, MAX_SUPPORT_BYTES, type SupportFile } from '#src/shared/contracts/template-content.ts';

/** Text stays readable in an exported file; anything else is base64. */
async function supportFileOf(file: File): Promise<SupportFile> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    const content = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!content.includes('\0')) return { path: file.name, encoding: 'utf8', content };
  } catch {
    // Not text.
  }
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return { path: file.name, encoding: 'base64', content: btoa(binary) };
}

/** The files that lie beside the script of a version; one of the same name replaces the other. */
export function SupportFiles({
  files,
  onChange,
}: {
  files: readonly SupportFile[];
  onChange: (files: SupportFile[]) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState<string | null>(null);
  const add = async (chosen: readonly File[]) => {
    setFault(null);
    const tooLarge = chosen.find(({ size }) => size > MAX_SUPPORT_BYTES);
    if (tooLarge) {
      setFault(
        `${tooLarge.name} is larger than ${formatBytes(MAX_SUPPORT_BYTES)}, which all together may be.`,
      );
      return;
    }
    const added = await Promise.all(chosen.map(supportFileOf));
    const kept = files.filter(({ path }) => !added.some((each) => each.path === path));
    onChange([...kept, ...added].sort((a, b) => a.path.localeCompare(b.path, 'en')));
  };
  return (
    <Card>
      <CardHeader
        title="Support files"
        hint={`below JOB_TEMPLATE_DIR, ${formatBytes(MAX_SUPPORT_BYTES)} in all`}
      >
        <input
          ref={input}
          type="file"
          multiple
          hidden
          aria-label="Support files"
          onChange={(event) => {
            void add([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <Button size="sm" onClick={() => input.current?.click()}>
          <FileUp aria-hidden /> Add files
        </Button>
      </CardHeader>
      {fault !== null && (
        <p role="alert" className="px-3 py-2 text-failed text-sm">
          {fault}
        </p>
      )}
      {files.length > 0 && (
        <ul className="divide-y">
          {files.map((file) => (
            <li key={file.path} className="flex items-center gap-3 px-3 py-1.5">
              <code className="min-w-0 flex-1 truncate text-xs">{file.path}</code>
              <span className="text-ink-faint text-xs tabular-nums">
                {formatBytes(contentBytes(file).length)}
              </span>
              <Button
                look="quiet"
                size="icon-sm"
                aria-label={`Remove ${file.path}`}
                onClick={() => onChange(files.filter((each) => each !== file))}
              >
                <Trash2 aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
