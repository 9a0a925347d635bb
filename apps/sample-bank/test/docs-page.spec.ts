import { codeOf } from './support/problems.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

describe('the page to try the routes', () => {
  let bank: TestBank;
  beforeAll(async () => {
    bank = await startTestBank();
  });
  afterAll(() => bank.stop());

  it.each(['/docs', '/docs/'])('at %s loads, with everything that it names', async (path) => {
    const page = await bank.send('GET', path);
    const links = [...page.text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, link]) => link ?? '');
    const files = await Promise.all(
      links.map((link) => bank.send('GET', new URL(link, `${bank.url}${path}`).pathname)),
    );

    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toContain('<div id="swagger-ui">');
    expect(links.filter((link) => link.endsWith('.js')).length).toBeGreaterThanOrEqual(3);
    expect(links.some((link) => link.endsWith('.css'))).toBe(true);
    expect(files.map(({ status }) => status)).toEqual(files.map(() => 200));
    for (const [i, { headers }] of files.entries())
      expect(headers['content-type']).toMatch(typeOf(links[i]));
  });

  it('runs under its policy: no script but of its own files', async () => {
    const { text, headers } = await bank.send('GET', '/docs');
    const policy = new Map(
      String(headers['content-security-policy'])
        .split(';')
        .map((each) => each.trim().split(' '))
        .map(([name, ...sources]) => [name, sources]),
    );
    const scripts = [...text.matchAll(/<script\b([^>]*)>([^<]*)/g)];

    expect(policy.get('script-src')).toEqual(["'self'"]);
    expect(policy.get('style-src')).toContain("'unsafe-inline'");
    expect(policy.get('img-src')).toContain('data:');
    expect(policy.get('default-src')).toEqual(["'self'"]);
    expect(policy.has('upgrade-insecure-requests')).toBe(false);
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes, inline] of scripts) {
      expect(attributes).toMatch(/src="\.\//);
      expect(inline?.trim()).toBe('');
    }
    expect(text).not.toMatch(/\son\w+=/);
  });

  it('has the description with it, and asks nobody else', async () => {
    const { text } = await bank.send('GET', '/docs/swagger-ui-init.js');
    const { body } = await bank.send('GET', '/docs-json');

    const options = JSON.parse(/let options = (\{.*?\n\});/s.exec(text)?.[1] ?? '{}');
    expect(options.swaggerDoc).toEqual(body);
    expect(options.customOptions.validatorUrl).toBeNull();
  });

  it.each(['/docs', '/docs/', '/docs-json', '/docs-json/', '/docs/swagger-ui.css'])(
    'answers HEAD of %s as GET',
    async (path) => {
      const get = await bank.send('GET', path);
      const head = await bank.send('HEAD', path);

      expect([head.status, head.text]).toEqual([200, '']);
      expect(head.headers['content-length']).toBe(get.headers['content-length']);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
    },
  );

  it.each([
    ['POST', '/docs'],
    ['PUT', '/docs-json'],
    ['DELETE', '/docs/swagger-ui.css'],
    ['OPTIONS', '/docs'],
    ['GET', '/Docs'],
    ['GET', '/docs//'],
    ['GET', '/docs/.'],
    ['GET', '/docs/package.json'],
    ['GET', '/docs/index.html'],
    ['GET', '/docs/docs/swagger-ui-init.js'],
    ['GET', '/docs/swagger-ui.css/'],
    ['GET', '/docs/swagger-ui.css.map'],
    ['GET', '/docs/..%2f..%2fpackage.json'],
    ['GET', '/docs/../package.json'],
    ['GET', '/docs/%00'],
    ['GET', '/docs/%ff'],
    ['GET', '/docs/__proto__'],
    ['GET', `/docs/${'x'.repeat(5_000)}`],
    ['GET', '/docs-yaml'],
    ['GET', '/docs-json/x'],
  ])('%s %s leads nowhere', async (method, path) => {
    const answer = await bank.send(method, path);

    expect(codeOf(answer)).toBe('no-route');
    expect(answer.status).toBe(404);
    expect(answer.text).not.toMatch(/node_modules|ENOENT|:\d+:\d+/);
  });

  it.each([
    { range: 'bytes=999999999-' },
    { range: 'bytes=0-4' },
    { 'if-match': '"x"' },
    { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
  ])('comes whole, whatever is asked of it: %j', async (headers) => {
    const { status } = await bank.send('GET', '/docs/swagger-ui.css', { headers });

    expect(status).toBe(200);
  });

  it('looks at bodies first, as every route', async () => {
    const answers = [
      await bank.send('GET', '/docs', { raw: '{', headers: { 'Content-Type': 'text/html' } }),
      await bank.send('GET', '/docs-json', {
        raw: '{',
        headers: { 'Content-Type': 'application/json' },
      }),
    ];

    expect(answers.map(codeOf)).toEqual(['unsupported-media-type', 'malformed-json']);
  });
});

function typeOf(link = ''): RegExp {
  if (link.endsWith('.js')) return /javascript/;
  return link.endsWith('.css') ? /^text\/css/ : /^image\//;
}
