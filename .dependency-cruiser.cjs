/**
 * Who may import whom (docs/architecture.md). `npm run imports` also asserts how many modules were seen: a checker that parsed nothing
 * would report success.
 */
const TESTS =
  '\\.(test|int\\.test|eng\\.test|contract)\\.tsx?$|(^|/)testing/|^e2e/|^torture/|^scenarios/|^scripts/(torture|scenario|shots)\\.ts$';
/** All but the ports and the `create-….ts` that chooses among the drivers for entry points which need no database. */
const DRIVERS = '^src/server/(storage|compute|mail|webhook)/(?!.*\\.port\\.ts$|create-[a-z-]+\\.ts$)';
const NPM = (names) => `(^|/)node_modules/(${names})(/|$)`;

/** One rule: what `from` must not import. Tests may import anything. */
const forbid = (name, comment, from, to) => ({
  name,
  comment,
  severity: 'error',
  from: { ...from, pathNot: [TESTS, ...(from.pathNot ?? [])] },
  to,
});

module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'Modules that need each other are one module, or hide a third.',
      {},
      { circular: true },
    ),
    forbid('resolvable', 'An import that cannot be resolved.', {}, { couldNotResolve: true }),
    forbid('no-tests', 'Nothing but a test imports tests or their helpers.', {}, { path: TESTS }),
    forbid(
      'shared-alone',
      'shared imports nothing of ours and does no I/O.',
      { path: '^src/shared/' },
      { path: '^(src/(?!shared/)|hub/|workers/|data-server/|templates/|scripts/|bench/)' },
    ),
    forbid(
      'shared-isomorphic',
      'shared runs in browsers too.',
      { path: '^src/shared/' },
      { dependencyTypes: ['core'] },
    ),
    forbid(
      'no-web-framework',
      'No next, react, @trpc or next-auth in shared, domain, workers, hub.',
      { path: '^(src/shared|src/server/domain|workers|hub|data-server|templates)/' },
      { path: NPM('next|react|react-dom|@trpc/[^/]+|next-auth|@auth/[^/]+') },
    ),
    forbid(
      'hub-shared-only',
      'An agent stands alone: of ours it imports shared.',
      { path: '^hub/' },
      { path: '^(src/(?!shared/)|workers/|data-server/|templates/|scripts/)' },
    ),
    forbid(
      'templates-shared-only',
      'Templates run as programs of their own: of ours they import shared.',
      { path: '^templates/' },
      { path: '^(src/(?!shared/)|workers/|data-server/|hub/|scripts/)' },
    ),
    forbid(
      'components-shared-only',
      'Components know no feature and no server.',
      { path: '^src/components/' },
      { path: '^(src/(features|app)/|workers/|hub/|data-server/|scripts/)' },
    ),
    forbid(
      'no-server-values-in-client',
      'Client code knows the server by its types.',
      { path: '^src/(components|features)/' },
      { path: '^src/server/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'feature-door',
      'Another feature is entered by its index.ts.',
      { path: '^src/features/([^/]+)/' },
      { path: '^src/features/([^/]+)/', pathNot: ['^src/features/$1/', '^src/features/[^/]+/index\\.tsx?$'] },
    ),
    forbid(
      'page-door',
      'A page enters a feature by its index.ts.',
      { path: '^src/app/' },
      { path: '^src/features/[^/]+/', pathNot: '^src/features/[^/]+/index\\.tsx?$' },
    ),
    forbid(
      'api-over-domain',
      'Transport calls services; it knows no table and no driver.',
      { path: '^src/server/api/' },
      { path: '^src/server/db/schema/|\\.repository\\.ts$', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'domain-below-api',
      'Rules know no transport, no entry point, no screen.',
      { path: '^src/server/domain/' },
      { path: '^(src/(app|components|features|server/(api|auth))/|workers/|hub/|data-server/|scripts/)' },
    ),
    forbid(
      'own-repository',
      'Another area is asked through its service, not through its tables.',
      { path: '^src/server/domain/([^/]+)/' },
      { path: '^src/server/domain/([^/]+)/.*\\.repository\\.ts$', pathNot: '^src/server/domain/$1/' },
    ),
    forbid(
      'drivers-by-container',
      'Only the composition root chooses drivers.',
      {
        path: '.',
        pathNot: [
          '^src/server/(storage|compute|mail|webhook)/',
          '^src/server/(web-|worker-)?container\\.ts$',
        ],
      },
      { path: DRIVERS, dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'tables-by-repositories',
      'Tables only in server/db and repositories.',
      { path: '.', pathNot: ['^src/server/db/', '\\.repository\\.ts$'] },
      { path: '^src/server/db/schema/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'entry-points-above',
      'Nothing of the product imports an entry point or a script.',
      { path: '^(src|hub|workers|data-server|templates)/' },
      { path: '^(scripts|bench|workers/index\\.ts|data-server/index\\.ts|hub/index\\.ts)' },
    ),
    forbid(
      'no-dev-packages',
      'The product runs on its dependencies, not on development tools.',
      { path: '^(src|hub|workers|data-server|templates)/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: NPM('@types') },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.(css|json|woff2?)$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.cjs', '.json', '.d.ts', '.d.mts'],
    },
  },
};
