'use client';
import { formatBytes } from '#src/components/format.ts';
import { Card, CardBody, CardHeader } from '#src/components/ui/card.tsx';
import { CopyButton } from '#src/components/ui/copy-button.tsx';
import { ScrollBox } from '#src/components/ui/scroll-box.tsx';
import { parameterText } from '#src/features/jobs/index.ts';
import type { TemplateDetail } from '#src/server/domain/templates/templates.service.ts';
import { variableName } from '#src/shared/contracts/script-run.ts';
import { contentBytes, SCRIPT_NAMES } from '#src/shared/contracts/template-content.ts';
import { limitWords, TYPE_WORDS } from './template-words.ts';

function Inputs({ template }: { template: TemplateDetail }) {
  if (template.parameters.length === 0) return <p className="text-ink-soft text-sm">It asks for nothing.</p>;
  return (
    <ul className="grid gap-2">
      {template.parameters.map((parameter) => (
        <li key={parameter.name} className="grid gap-0.5">
          <span className="flex flex-wrap items-baseline gap-x-2">
            <span className="font-medium text-sm">{parameter.label}</span>
            <span className="text-ink-soft text-xs">
              {TYPE_WORDS[parameter.type]}
              {parameter.optional && ', may stay empty'}
              {parameter.default != null && `, ${parameterText(parameter, parameter.default)} by default`}
            </span>
            {template.language !== null && (
              <code className="text-ink-faint text-xs [overflow-wrap:anywhere]">
                {variableName(parameter.name)}
              </code>
            )}
          </span>
          {parameter.description !== '' && (
            <span className="text-ink-soft text-xs">{parameter.description}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Line({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="grid gap-1 border-t px-3 py-2.5 sm:grid-cols-[9rem_1fr]">
      <dt className="text-ink-soft text-sm">{label}</dt>
      <dd className="min-w-0 text-sm">{children}</dd>
    </div>
  );
}

/** What a template asks for, what it tells and leaves, and what it needs. */
export function DeclaredCard({ template }: { template: TemplateDetail }) {
  const { metrics, outputs, requires } = template;
  return (
    <Card>
      <CardHeader title="Inputs" />
      <CardBody>
        <Inputs template={template} />
      </CardBody>
      <dl>
        {metrics.length > 0 && (
          <Line label="Metrics">
            {metrics.map(({ label, unit }) => (unit ? `${label} (${unit})` : label)).join(', ')}
          </Line>
        )}
        {outputs.length > 0 && (
          <Line label="Results">
            <ul className="grid gap-0.5">
              {outputs.map(({ path, label }) => (
                <li key={path}>
                  {label} <code className="text-ink-soft text-xs">{path}</code>
                </li>
              ))}
            </ul>
          </Line>
        )}
        {requires.length > 0 && (
          <Line label="Needs">
            <ul className="grid gap-0.5">
              {requires.map(({ kind, name, how }) => (
                <li key={`${kind} ${name}`}>
                  <code className="text-xs">{name}</code>{' '}
                  <span className="text-ink-soft text-xs">
                    {kind === 'python-module' && 'Python module, '}
                    {how}
                  </span>
                </li>
              ))}
            </ul>
          </Line>
        )}
        <Line label="Limits">
          ends after {limitWords(template.timeLimitS)}; {formatBytes(template.memoryLimitBytes)} of memory
          where no size is chosen
        </Line>
      </dl>
    </Card>
  );
}

/** The script of the shown version. */
export function ScriptCard({ template: { content } }: { template: TemplateDetail }) {
  if (!content) return null;
  return (
    <Card>
      <CardHeader title="Script" hint={SCRIPT_NAMES[content.language]}>
        <CopyButton text={content.script} what="the script" />
      </CardHeader>
      <ScrollBox
        as="pre"
        aria-label="Script"
        className="max-h-[32rem] overflow-auto p-3 font-mono text-xs leading-5 [tab-size:4]"
      >
        {content.script}
      </ScrollBox>
    </Card>
  );
}

/** The files beside the script. */
export function FilesCard({ template: { content } }: { template: TemplateDetail }) {
  if (!content || content.files.length === 0) return null;
  return (
    <Card>
      <CardHeader title="Support files" hint="read-only, below JOB_TEMPLATE_DIR" />
      <ul className="divide-y">
        {content.files.map((file) => (
          <li key={file.path} className="flex items-center gap-3 px-3 py-1.5 text-sm">
            <code className="min-w-0 flex-1 truncate text-xs">{file.path}</code>
            <span className="text-ink-faint text-xs tabular-nums">
              {formatBytes(contentBytes(file).length)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
