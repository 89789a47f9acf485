import type { Container } from '#src/server/container.ts';
import type { ServiceContext } from '#src/server/domain/context.ts';
import { EMPTY_CONTENT } from '#src/testing/template-content.ts';

/** A template that somebody made and shared with one person. */
export async function sharedTemplate(
  { jobTemplates }: Pick<Container, 'jobTemplates'>,
  owner: ServiceContext,
  input: { facility: string; personId: string },
) {
  const { slug } = await jobTemplates.create(owner, { content: EMPTY_CONTENT, facility: input.facility });
  const { shareId } = await jobTemplates.share(owner, {
    ...{ slug, with: { sharedWith: 'person', personId: input.personId } },
  });
  return { slug, shareId };
}
