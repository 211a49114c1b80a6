/** The house rules of docs/architecture.md, as checks. There are no exceptions. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-type-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'adapters-know-only-their-interface',
      severity: 'error',
      from: { path: '^adapters/' },
      to: { path: '^(gateway|contracts|schemas|test|bench)/' },
    },
    {
      name: 'only-the-scanner-touches-xml-libraries',
      severity: 'error',
      from: { path: '^(adapters|gateway)/', pathNot: '^adapters/xml/scan\\.ts$' },
      to: { path: 'node_modules/(saxes|fast-xml-parser|libxml2-wasm)/' },
    },
    {
      name: 'engines-know-no-format',
      severity: 'error',
      from: { path: '^adapters/(xml|json|table|mapping)/' },
      to: { path: '^adapters/(?!(xml|json|table|mapping)/|[a-z-]+\\.ts$)' },
    },
    {
      name: 'the-inner-part-is-pure',
      comment: 'labels, protections, pipeline, quality: no transport, no store, no clock, no environment, no files',
      severity: 'error',
      from: { path: '^gateway/(labels|protections|pipeline|quality)/' },
      to: {
        path: '^gateway/(transports|store|keys|console|cli|intake|reading|subscriptions|quarantine|start|config|main|rules/(in-force|rules-in-force)|bus/(embedded|kafka))',
      },
    },
    {
      name: 'the-inner-part-does-no-io',
      severity: 'error',
      from: { path: '^(adapters/|gateway/(labels|protections|pipeline|quality|sandbox)/)' },
      to: {
        path: '^(express|kafkajs|pino|prom-client|node:)?(fs|fs/promises|http|https|net|sqlite|child_process|worker_threads|timers|process|os|dns|tls)$|node_modules/(express|kafkajs|pino|prom-client)/',
      },
    },
    {
      name: 'pages-and-synthetic-people-know-no-gateway',
      comment: 'the portal says what standards and contracts say; synthetic cases come from a seed',
      severity: 'error',
      from: { path: '^gateway/(portal|sandbox)/' },
      to: { path: '^gateway/(transports|store|keys|bus|workers|cli|start|config|main|rules/(in-force|rules-in-force))' },
    },
    {
      name: 'the-kit-and-the-examples-are-what-a-supplier-has',
      severity: 'error',
      from: { path: '^(contracts/client/forms|examples)/' },
      to: { path: '^(gateway|adapters|test|bench)/' },
    },
    {
      name: 'the-client-stands-on-the-ground-floor',
      comment: 'itself, the types of the contract, and the ground floor of adapters: what its package holds',
      severity: 'error',
      from: { path: '^contracts/client/' },
      to: {
        pathNot: '^(contracts/(client|generated)/|adapters/(canonical-json|json|refusal|result)\\.ts$)',
        dependencyTypesNot: ['core', 'npm'],
      },
    },
    {
      name: 'the-client-runs-in-a-browser',
      comment: 'forms are made on a server',
      severity: 'error',
      from: { path: '^contracts/client/', pathNot: '^contracts/client/forms/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'the-ground-floor-stands-on-nothing',
      severity: 'error',
      from: { path: '^adapters/(adapter|canonical-json|json|line-at|refusal|result)\\.ts$' },
      to: { pathNot: '^adapters/(adapter|canonical-json|json|line-at|refusal|result)\\.ts$' },
    },
    { name: 'labels-stand-alone', severity: 'error', from: { path: '^gateway/labels/' }, to: { path: '^gateway/(?!labels/)' } },
    {
      name: 'protections-know-labels-and-quality',
      severity: 'error',
      from: { path: '^gateway/protections/' },
      to: { path: '^gateway/(?!(labels|protections|quality)/)' },
    },
    {
      name: 'records-know-no-store',
      severity: 'error',
      from: { path: '^gateway/wire/' },
      to: { path: '^gateway/(store|keys|intake|reading|subscriptions|quarantine)/' },
    },
    { name: 'the-bus-knows-nobody', severity: 'error', from: { path: '^gateway/bus/' }, to: { path: '^gateway/(?!bus/)' } },
    {
      name: 'what-a-message-means-knows-no-transport',
      severity: 'error',
      from: { path: '^gateway/(wire|rules|keys|store|intake|reading|subscriptions|quarantine|workers)/' },
      to: { path: '^gateway/(transports|cli|console|start|main)' },
    },
    {
      name: 'only-main-and-cli-put-together',
      severity: 'error',
      from: { path: '^gateway/', pathNot: '^gateway/(main\\.ts|start/|cli/)' },
      to: { path: '^gateway/(main\\.ts|start/|cli/)' },
    },
    {
      name: 'nothing-depends-on-tests',
      severity: 'error',
      from: { path: '^(adapters|gateway|contracts)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^(adapters|gateway|contracts/client)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
