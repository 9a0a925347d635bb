// Jest's globalTeardown: see jest-share.mjs.
import { end } from './jest-share.mjs';

export default end;
