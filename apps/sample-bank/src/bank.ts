import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type EventStore, ForeignPositionError } from '@everfold/core';
import { getEventStoreToken, HttpConnections } from '@everfold/nestjs';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';
import { BankModule } from './bank-module.js';
import {
  type BankConfig,
  type Configuration,
  ConfigurationError,
} from './configuration/configuration.js';
import { HttpAdapter } from './http/http-adapter.js';
import { jsonBody } from './http/json-body.js';
import { serveDocs } from './http/openapi/docs.js';
import { securityHeaders } from './http/security-headers.js';
import { tolerateEscapes } from './http/tolerate-escapes.js';
import { answerUnrouted, oneHost } from './http/unrouted.js';
import { StderrLogger } from './stderr-logger.js';

/** A bank that answers. */
export interface Bank {
  /** Where, without a trailing slash. */
  readonly url: string;
  readonly configuration: Configuration;
  /** The log that it stands on. */
  readonly store: EventStore;
  /**
   * Answers what is in flight, then closes the store; takes no longer than the configuration allows. May be called again,
   * and meanwhile: there is one end.
   */
  stop(): Promise<void>;
}

/**
 * Opens the store and listens.
 *
 * @param environment - What the bank is configured by; see {@link Configuration}.
 * @param signal - Gives up starting: rejects with its reason, and leaves nothing open.
 * @throws {@link ConfigurationError} when a variable is wrong, or the folder or the address cannot be used as configured.
 */
export async function startBank(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Bank> {
  const app = await createApplication(environment, signal);
  const configuration = app.get<BankConfig>(ConfigService).get('bank', { infer: true });
  try {
    await app.init();
    const server: Server = app.getHttpServer();
    await listen(server, configuration);
    let stopped: Promise<void> | undefined;
    return {
      url: urlOf(server, configuration),
      configuration,
      store: app.get<EventStore>(getEventStoreToken()),
      stop: () => {
        stopped ??= app.close();
        return stopped;
      },
    };
  } catch (error) {
    // Why it did not start says more than why it did not stop.
    await app.close().catch(() => undefined);
    throw error instanceof ForeignPositionError ? foreignReadModels(configuration, error) : error;
  }
}

/** Everything but the store is there then. */
async function createApplication(
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    BankModule.forRoot(environment, signal),
    new HttpAdapter(),
    // What fails meanwhile is thrown, and told by whoever started the bank: Nest would log it, too.
    { bodyParser: false, abortOnError: false, logger: false },
  );
  app.useLogger(new StderrLogger());
  const connections = app.get(HttpConnections);
  answerUnrouted(app.getHttpServer(), connections);
  const admit: RequestHandler = (_request, _response, next) => connections.admit(next);
  app.use(securityHeaders, admit, oneHost, tolerateEscapes, jsonBody);
  serveDocs(app);
  return app;
}

/** Events in memory are another log at each start; a folder may be copied without its events, a database shared by mistake. */
function foreignReadModels(
  { dataDir, readModels }: Configuration,
  cause: Error,
): ConfigurationError {
  const holds = 'holds read models of other events: give them another';
  const problem =
    readModels === 'mongodb'
      ? `The database of MONGODB_URL ${holds} database, or READ_MODELS=memory.`
      : `DATA_DIR ${dataDir} ${holds} folder, or READ_MODELS=memory.`;
  return new ConfigurationError([problem], { cause });
}

/** Nest's own way to listen logs what fails before it throws. */
async function listen(server: Server, { host, port }: Configuration): Promise<void> {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(
      [`HOST ${host} with PORT ${port} cannot be listened on: ${reason}`],
      { cause },
    );
  }
}

/** An address that a browser on this machine can use: listening on all interfaces means listening on this one. */
function urlOf(server: Server, { host }: Configuration): string {
  const { port } = server.address() as AddressInfo;
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
