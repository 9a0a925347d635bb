import preset from '../../jest.preset.mjs';

export default preset('sample-bank');
