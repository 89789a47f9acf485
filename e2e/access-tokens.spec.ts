import { createHash } from 'node:crypto';
import { addressesSchema, manifestPageSchema } from '#src/shared/contracts/rest-api.ts';
import { demo, expect, expectAccessible, signIn, test } from './demo-facility.ts';

const { code, title } = demo.experiment;
const NAME = 'data home for a journey';

/** What a program does with a token: the API's answer, parsed. */
async function ask(token: string, path: string, question?: object) {
  const answer = await fetch(`${demo.web}/api/v1/experiments/${path}`, {
    method: question ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: question && JSON.stringify(question),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

/** A scientist lets a program fetch data, sees that it did, and ends it. */
test('access tokens: shown once, of use to a program, and refused once revoked', async ({
  page,
  context,
}) => {
  test.setTimeout(480_000);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, 'scientist', '/account');
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(NAME);
  await dialog.getByLabel('Experiment', { exact: true }).selectOption({ label: `${code} ${title}` });
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Make the token' }).click();
  await expect(dialog).toContainText('shown only now');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Copy the token' }).click();
  await expect(dialog.getByRole('button', { name: 'Copied' })).toBeVisible();
  const token = await page.evaluate(() => navigator.clipboard.readText());
  expect(token).toMatch(/^bd_[\w-]{20,}$/);
  await expect(dialog).toContainText(token);
  await dialog.getByRole('button', { name: 'Done' }).click();

  const row = page.getByRole('listitem').filter({ hasText: NAME });
  await expect(row).toContainText('never used');
  await expect(row).toContainText(`only ${code}`);
  await page.reload();
  await expect(row).toBeVisible();
  expect(await page.content()).not.toContain(token);
  await expectAccessible(page);

  // Files come with the first dataset.
  let paths: string[] = [];
  await expect
    .poll(
      async () => {
        const { body } = await ask(token, `${code}/manifest?limit=20`);
        paths = manifestPageSchema.parse(body).files.map((file) => file.path);
        return paths.length;
      },
      { timeout: 120_000 },
    )
    .toBeGreaterThan(0);
  const { files, missing } = addressesSchema.parse((await ask(token, `${code}/addresses`, { paths })).body);
  expect([files.length, missing]).toEqual([paths.length, []]);
  const [smallest] = files.toSorted((a, b) => a.sizeBytes - b.sizeBytes);
  const bytes = Buffer.from(await (await fetch(smallest!.url)).arrayBuffer());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(smallest!.sha256);
  await page.reload();
  await expect(row).toContainText('last used');

  await row.getByRole('button', { name: `Revoke ${NAME}` }).click();
  const confirm = page.getByRole('alertdialog');
  await expectAccessible(page);
  await confirm.getByRole('button', { name: 'Revoke' }).click();
  await expect(confirm).toBeHidden();
  await expect(row).toBeHidden();
  expect(await ask(token, `${code}/manifest`)).toMatchObject({
    status: 401,
    body: { code: 'NOT_SIGNED_IN', details: { token: 'revoked' } },
  });
});
