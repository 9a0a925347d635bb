import preset from '../../jest.preset.mjs';

// Many specs start processes, which takes its time on a busy machine.
export default preset('cli', { testTimeout: 60_000 });
