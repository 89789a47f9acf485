import type { FacilityApi } from '#scripts/lib/facility-api.ts';
import { documentedTemplate } from '#src/testing/documented-templates.ts';

/** A template of somebody's own, in two versions, of which a machine lacks something. */
export async function ownTemplate(owner: FacilityApi): Promise<string> {
  const there = (await owner.templates.list.query()).find(({ isMine }) => isMine);
  if (there) return there.slug;
  const content = {
    ...documentedTemplate('python'),
    ...{ name: 'Sizes of datasets', description: 'Compares the sizes of datasets, in a plot and as CSV.' },
  };
  const { slug } = await owner.templates.create.mutate({ content });
  const requires = [{ kind: 'command' as const, name: 'dials.scale', how: 'apt-get install dials' }];
  await owner.templates.save.mutate({
    ...{ slug, version: 1, content: { ...content, requires }, note: 'Scales before it compares' },
  });
  const [colleague] = await owner.templates.colleagues.query();
  if (colleague) {
    const shareWith = { sharedWith: 'person' as const, personId: colleague.personId };
    await owner.templates.share.mutate({ slug, with: shareWith });
  }
  return slug;
}
