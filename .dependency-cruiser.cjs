// Which room may import which, which third-party library lives where. `npm run imports` and test/architecture.test.ts
// hold the tree to it; docs/architecture.md says why.
const { join } = require('node:path');

// room → the rooms below it that it may import, always through their doors.
const ROOMS = {
  base: [],
  spaces: ['base'],
  kernels: ['base'],
  metrics: ['base'],
  broker: ['base'],
  checkpoints: ['base'],
  experience: ['base', 'spaces', 'kernels'],
  wire: ['base', 'experience'],
  envs: ['base', 'spaces'],
  networks: ['base', 'kernels'],
  policies: ['base', 'spaces', 'kernels', 'networks'],
  algorithms: ['base', 'spaces', 'kernels', 'networks', 'policies', 'experience'],
  jobs: ['base', 'spaces', 'broker', 'experience', 'envs', 'networks', 'policies', 'algorithms'],
  export: ['base', 'spaces', 'kernels', 'checkpoints', 'networks', 'policies'],
  training: [
    'base',
    'spaces',
    'kernels',
    'metrics',
    'broker',
    'checkpoints',
    'experience',
    'wire',
    'envs',
    'networks',
    'policies',
    'algorithms',
    'jobs',
  ],
  serving: ['base', 'spaces', 'kernels', 'networks', 'checkpoints', 'export'],
  report: ['base', 'jobs', 'training'],
};

const roomNames = Object.keys(ROOMS).join('|');

// What a room offers to the others: its door, base/math (scalar routines, apart so that they can be imported alone),
// broker/redis, training/wired-broker and training/parts/part-learner (apart so that training in one process loads no Redis client and no wire format), networks/tensorflow (apart so that who acts by
// dense networks needs none), and the light doors, which describe without
// loading numeric code.
const DOORS = [
  '^src/[^/]+/index\\.ts$',
  '^src/base/math/index\\.ts$',
  '^src/broker/redis/index\\.ts$',
  '^src/networks/tensorflow/index\\.ts$',
  '^src/(networks|policies)/spec\\.ts$',
  '^src/policies/(mapping|parameter-count|distributions/index)\\.ts$',
  '^src/experience/(layout|replay/spec)\\.ts$',
  '^src/(envs|algorithms)/catalog\\.ts$',
  '^src/algorithms/block-rows\\.ts$',
  '^src/wire/heartbeat\\.ts$',
  '^src/training/(environment-modules|wired-broker|parts/part-learner)\\.ts$',
];

// library → the only folders that import it.
const HOMES = {
  commander: ['^cli/'],
  uplot: ['^src/report/', '^cli/', '^dashboard/'],
  preact: ['^dashboard/'],
  vite: ['^dashboard/vite\\.config\\.ts$'],
  ioredis: ['^src/broker/redis/'],
  bullmq: ['^src/broker/redis/'],
  protobufjs: ['^src/wire/'],
  pino: ['^services/process/'],
  'close-with-grace': ['^services/process/'],
  fastify: ['^services/api/'],
  '@fastify': ['^services/api/'],
  '@tensorflow': ['^src/networks/tensorflow/', '^src/export/'],
  assemblyscript: [],
};

const onlyBelow = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `${room}-imports-down`,
  comment: `The room ${room} may import ${allowed.length === 0 ? 'no other room' : allowed.join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
}));

const livesAtHome = Object.entries(HOMES).map(([library, folders]) => ({
  name: `${library.replace('@', '')}-at-home`,
  comment: `${library} is imported ${folders.length === 0 ? 'by the build only' : `in ${folders.join(', ')}`}, and there only.`,
  severity: 'error',
  from: { path: '^(src|cli|services|dashboard)/', pathNot: folders },
  // A library that is not installed keeps its bare name.
  to: { path: `(^|node_modules/)${library}(/|$)` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...onlyBelow,
    ...livesAtHome,
    {
      name: 'room-is-listed',
      comment: 'A new room is entered in ROOMS, with the rooms that it may import.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${roomNames})/` },
      to: {},
    },
    {
      name: 'rooms-through-doors',
      comment: 'Other rooms are imported through their door.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', ...DOORS] },
    },
    {
      name: 'outside-through-doors',
      comment: 'What is not the library (and its own entry, src/index.ts) uses rooms through their doors.',
      severity: 'error',
      from: { path: '^(cli/|client/|policy/|services/|examples/|src/index\\.ts$)' },
      to: { path: '^src/[^/]+/', pathNot: DOORS },
    },
    {
      name: 'jobs-stay-light',
      comment: 'Validating a job loads no kernels and no updates; types are erased and load nothing.',
      severity: 'error',
      from: { path: '^src/jobs/' },
      to: {
        path: '^src/(experience|networks|policies|algorithms)/',
        pathNot: [
          '^src/(networks|policies)/spec\\.ts$',
          '^src/policies/(mapping|parameter-count|distributions/index)\\.ts$',
          '^src/experience/(layout|replay/spec)\\.ts$',
          '^src/algorithms/(catalog|block-rows)\\.ts$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'library-stands-alone',
      comment: 'The library knows nothing of the programs around it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(cli|client|services|dashboard|test|bench|examples|scripts)/' },
    },
    {
      name: 'services-stand-apart',
      comment:
        'Services talk through the broker; what they share as processes is services/process, which knows none of them.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: ['^services/$1/', '^services/process/index\\.ts$'] },
    },
    {
      name: 'process-stays-light',
      comment: 'What every service process needs is no work of its own: no numeric code, no broker.',
      severity: 'error',
      from: { path: '^services/process/' },
      to: { path: '^src/', pathNot: '^src/(base|metrics)/' },
    },
    {
      name: 'api-stays-light',
      comment: 'The API validates and shows; it computes nothing. Types are erased and load nothing.',
      severity: 'error',
      from: { path: '^services/api/' },
      to: {
        path: '^src/(kernels|experience|networks|policies|algorithms|training|wire)/',
        pathNot: [
          '^src/experience/layout\\.ts$',
          '^src/algorithms/(catalog|block-rows)\\.ts$',
          '^src/wire/heartbeat\\.ts$',
          '^src/training/environment-modules\\.ts$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'client-stands-alone',
      comment: 'The client runs in browsers and loads nothing but itself; types are erased and load nothing.',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '', pathNot: '^client/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'dashboard-stands-alone',
      comment:
        'The web page runs in browsers and knows the API through the client; besides, it has specs to begin with. Types are erased and load nothing.',
      severity: 'error',
      from: { path: '^dashboard/', pathNot: '^dashboard/vite\\.config\\.ts$' },
      to: {
        path: '',
        pathNot: [
          '^dashboard/',
          '^client/index\\.ts$',
          '^examples/[^/]+\\.json$',
          '(^|node_modules/)(preact|uplot)(/|$)',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-cycles',
      comment: 'Of two files that need each other, one holds something that is a third file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-development-packages',
      comment: 'What ships needs nothing that an installation leaves out.',
      severity: 'error',
      from: { path: '^(src|cli|services)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
    {
      name: 'imports-resolve',
      comment: 'An import that leads nowhere is checked by no other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // AssemblyScript has its own compiler and its own module resolution.
    exclude: { path: '^src/kernels/assembly/' },
    doNotFollow: { path: 'node_modules' },
    // Imports of types count: a room that knows a type of a room above it depends on it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: join(__dirname, 'tsconfig.json') },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
