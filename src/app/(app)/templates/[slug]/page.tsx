import type { Metadata } from 'next';
import { cache } from 'react';
import { foundOrNotFound } from '#src/app/found-or-not-found.ts';
import { TemplatePage } from '#src/features/templates/index.ts';
import { requireSignedIn } from '#src/server/auth/page-caller.ts';
import { webContainer } from '#src/server/web-container.ts';

type Params = Promise<{ slug: string }>;

/** Asked for once, for the title and the page. */
const templateOf = cache(async (slug: string) =>
  foundOrNotFound(webContainer().jobTemplates.get(await requireSignedIn(), { slug })),
);

export async function generateMetadata({ params }: { params: Params }): Promise<Metadata> {
  const template = await templateOf((await params).slug);
  return { title: template?.name ?? 'Template' };
}

export default async function OneTemplatePage({ params }: { params: Params }) {
  const { slug } = await params;
  await templateOf(slug);
  return <TemplatePage slug={slug} />;
}
