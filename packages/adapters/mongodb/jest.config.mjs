import preset from '../../../jest.preset.mjs';

export default preset('mongodb', {
  globalSetup: '<rootDir>/../../../tools/servers/jest-share.mjs',
  globalTeardown: '<rootDir>/../../../tools/servers/jest-unshare.mjs',
});
