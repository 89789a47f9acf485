'use client';
import Link from 'next/link';
import { RelativeTime } from '#src/components/relative-time.tsx';
import { Card, CardHeader } from '#src/components/ui/card.tsx';
import type { TemplateDetail } from '#src/server/domain/templates/templates.service.ts';

/** The versions of a template, the newest first; each is an address of its own. */
export function VersionsCard({ template }: { template: TemplateDetail }) {
  return (
    <Card>
      <CardHeader title="Versions" hint="jobs and triggers keep theirs" />
      <ol className="max-h-96 divide-y overflow-y-auto">
        {template.versions.map((each) => {
          const isShown = each.version === template.version;
          const href =
            each.version === template.newestVersion
              ? `/templates/${template.slug}`
              : `/templates/${template.slug}?version=${each.version}`;
          return (
            <li key={each.version} className={isShown ? 'bg-accent/10' : undefined}>
              <Link
                href={href}
                aria-current={isShown ? 'true' : undefined}
                className="grid grid-cols-[2.5rem_1fr] gap-x-2 px-3 py-1.5 hover:bg-hover"
              >
                <span className="font-semibold text-sm tabular-nums">v{each.version}</span>
                <span className="grid min-w-0">
                  <span className="text-sm [overflow-wrap:anywhere]">
                    {each.note || (each.version === 1 ? 'The first' : 'No word of what changed')}
                  </span>
                  <span className="text-ink-faint text-xs">
                    {each.madeByName && `${each.madeByName}, `}
                    <RelativeTime at={each.createdAt} />
                  </span>
                </span>
              </Link>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}
