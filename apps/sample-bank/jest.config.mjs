import preset from '../../jest.preset.mjs';

// One spec at a time: some load the bank with all that the machine can do.
export default preset('sample-bank', {
  maxWorkers: 1,
  globalSetup: '<rootDir>/../../tools/servers/jest-share.mjs',
  globalTeardown: '<rootDir>/../../tools/servers/jest-unshare.mjs',
});
