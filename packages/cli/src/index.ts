// What configuration files import. The command itself is `main.js`.
export type { ConfigFunction, EverfoldConfig } from './define-config.js';
export { defineConfig } from './define-config.js';
