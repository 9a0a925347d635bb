import { NotFoundException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { RequestHandler } from 'express';

/** What the page at /docs loads. */
const FILES: ReadonlySet<string> = new Set([
  '/',
  '/swagger-ui.css',
  '/swagger-ui-bundle.js',
  '/swagger-ui-standalone-preset.js',
  '/swagger-ui-init.js',
  '/favicon-16x16.png',
  '/favicon-32x32.png',
]);

const DESCRIPTION = `Customers' accounts, on an event store. Amounts are whole numbers of minor units, times are ISO 8601 in UTC.

Whatever is refused is answered with \`application/problem+json\`; when several problems apply, the first of them in the order of the
README is told. Any request may also meet 400 \`malformed-json\`, 413 \`body-too-large\` and 415 \`unsupported-media-type\` for a body
that it brings, and 404 \`no-route\`, also for a wrong method. HEAD is answered as GET, and a trailing slash makes no difference.`;

/** Serves the description of every route at /docs-json, and a page to try them at /docs. */
export function serveDocs(app: NestExpressApplication): void {
  app.use('/docs', onlyThePage);
  SwaggerModule.setup('docs', app, describe(app), {
    raw: ['json'],
    customSiteTitle: 'Sample bank',
    // Else the page asks a server on the internet whether the description is valid.
    swaggerOptions: { validatorUrl: null },
  });
}

function describe(app: NestExpressApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Sample bank')
    .setDescription(DESCRIPTION)
    .setVersion('0.1.0')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
  });
  closeBodies(document);
  return document;
}

/** Unknown fields are refused, which no decorator can say. */
function closeBodies({ components }: OpenAPIObject): void {
  for (const [name, schema] of Object.entries(components?.schemas ?? {}))
    if (name.endsWith('Body')) Object.assign(schema, { additionalProperties: false });
}

/** The folder that the page comes from holds more; and Express refuses conditions and ranges in its own words. */
const onlyThePage: RequestHandler = (request, _response, next) => {
  if (!FILES.has(request.path)) throw new NotFoundException();
  for (const header of ['if-match', 'if-unmodified-since', 'range']) delete request.headers[header];
  next();
};
