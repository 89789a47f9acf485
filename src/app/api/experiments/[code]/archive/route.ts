import { byteStream } from '#src/server/api/byte-stream.ts';
import { guarded } from '#src/server/api/guarded-route.ts';
import { textStream } from '#src/server/api/text-stream.ts';
import { principalOfRequest } from '#src/server/auth/current-principal.ts';
import { newContext } from '#src/server/domain/new-context.ts';
import { webContainer } from '#src/server/web-container.ts';
import { AppError } from '#src/shared/errors/app-error.ts';
import { attachment } from '#src/shared/model/content-headers.ts';
import { selectionShape } from '#src/shared/model/file-selection.ts';

export const dynamic = 'force-dynamic';

function selectionOf(field: FormDataEntryValue | null) {
  try {
    return selectionShape.parse(JSON.parse(String(field)));
  } catch {
    throw new AppError('BAD_INPUT', 'This is no selection of files.');
  }
}

/**
 * A selection of files of an experiment: a zip, or (`as=links`) a list of signed addresses. A form, so that the browser saves the answer as it comes, however
 * long it is: `selection` as JSON, `as`.
 */
export function POST(request: Request, { params }: { params: Promise<{ code: string }> }): Promise<Response> {
  return guarded(request, async (checked, requestId) => {
    const services = webContainer();
    const { files, experiments } = services;
    const form = await checked.formData().catch(() => {
      throw new AppError('BAD_INPUT', 'This is no form.');
    });
    const selection = selectionOf(form.get('selection'));
    const caller = newContext(await principalOfRequest(services, checked.headers), requestId);
    const { id: experimentId } = await experiments.getByCode(caller, await params);
    if (form.get('as') === 'links') {
      const { fileName, lines } = await files.openLinks(caller, { ...selection, experimentId });
      return new Response(textStream(lines), {
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          'content-disposition': attachment(fileName),
        },
      });
    }
    const { fileName, sizeBytes, pieces } = await files.openArchive(caller, { ...selection, experimentId });
    return new Response(byteStream(pieces), {
      headers: {
        'content-type': 'application/zip',
        'content-length': String(sizeBytes),
        'content-disposition': attachment(fileName),
      },
    });
  });
}
