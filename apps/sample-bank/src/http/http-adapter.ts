import { createServer } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';

/** Nest on Express, with the bank's settings. */
export class HttpAdapter extends ExpressAdapter {
  constructor() {
    super(router());
  }

  /** A request without a Host is refused by the bank, as a problem, and not by the server. */
  override initHttpServer(): void {
    this.httpServer = createServer({ requireHostHeader: false }, this.getInstance());
  }
}

/** The router takes over these settings when it is made, so they are set before Nest sees it. */
function router(): Express {
  const instance = express();
  instance.enable('case sensitive routing');
  instance.disable('x-powered-by');
  // Entity tags are revisions here, and a 304 is decided by them alone: Express would look at If-None-Match too.
  instance.disable('etag');
  Object.defineProperty(instance.request, 'fresh', { value: false });
  return instance;
}
