import type { Readable, Writable } from 'node:stream';
import type { Administration, AdministrationOptions } from '@everfold/core';
import type { EverfoldConfig } from '../define-config.js';

/** What a command touches outside of itself. */
export interface Environment {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** The folder in which the command was called; absolute. Files are named from here. */
  readonly folder: string;
  /** Ends the command at its next safe point; the reason says how it ends. */
  readonly signal: AbortSignal;
  /** Makes a folder the current one: what a configuration names relatively, it means relative to itself. */
  enter(folder: string): void;
  loadConfig(file: string): Promise<EverfoldConfig>;
  createAdministration(options: AdministrationOptions): Administration;
}
