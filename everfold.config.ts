// For `npx everfold …` in this folder, where `npm start` runs the bank.
export { default } from './apps/sample-bank/everfold.config.js';
