import { NextRequest } from 'next/server';
import { guarded } from '#src/server/api/guarded-route.ts';
import { authHandlers } from '#src/server/auth/next-auth.ts';

export const dynamic = 'force-dynamic';

export const GET = (request: NextRequest) => guarded(request, () => authHandlers.GET(request));
export const POST = (request: NextRequest) =>
  guarded(request, (checked) => authHandlers.POST(new NextRequest(checked)), 20_000);
