import preset from '../jest.preset.mjs';

// Consumers are projects of their own: their specs run in a copy elsewhere, by packaging/consumers.spec.ts.
const CONSUMERS = '<rootDir>/packaging/consumers/';

export default preset('test', {
  testPathIgnorePatterns: ['/node_modules/', '/dist/', CONSUMERS],
  modulePathIgnorePatterns: ['/dist/', CONSUMERS],
});
