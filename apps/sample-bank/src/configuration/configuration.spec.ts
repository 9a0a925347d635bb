import { resolve } from 'node:path';
import { ConfigurationError, readConfiguration } from './configuration.js';

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('readConfiguration', () => {
  it('has a value for everything', () => {
    expect(readConfiguration({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      dataDir: resolve('./data'),
      eventStore: 'embedded',
      readModels: 'embedded',
      readTimeoutMs: 500,
      shutdownTimeoutMs: 10_000,
    });
  });

  it('takes what is given', () => {
    const configuration = readConfiguration({
      HOST: '::1',
      PORT: '0',
      DATA_DIR: '/var/bank',
      EVENT_STORE: 'embedded',
      READ_MODELS: 'memory',
      READ_TIMEOUT_MS: '5',
      SHUTDOWN_TIMEOUT_MS: '7',
      EVENTSTORE_URL: 'esdb://localhost:2113?tls=false',
      MONGODB_URL: 'mongodb+srv://cluster.example/bank',
      TRANSFER_APPROVAL_ABOVE: '0',
      TRANSFER_TIMEOUT_MS: '1',
      APPROVAL_TIMEOUT_MS: '604800000',
    });

    expect(configuration).toEqual({
      host: '::1',
      port: 0,
      dataDir: '/var/bank',
      eventStore: 'embedded',
      readModels: 'memory',
      readTimeoutMs: 5,
      shutdownTimeoutMs: 7,
      mongodbUrl: 'mongodb+srv://cluster.example/bank',
    });
  });

  it('keeps read models where the events are, unless told otherwise', () => {
    expect(readConfiguration({ EVENT_STORE: 'memory' }).readModels).toBe('memory');
    expect(readConfiguration({ EVENT_STORE: 'embedded' }).readModels).toBe('embedded');
  });

  it.each([
    ['HOST', ''],
    ['HOST', 'http://localhost'],
    ['HOST', 'a b'],
    ['HOST', '1.2.3.4:80'],
    ['PORT', ''],
    ['PORT', 'abc'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '080'],
    ['PORT', '00'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['PORT', '1e3'],
    ['PORT', ' 80'],
    ['PORT', '99999999999999999999'],
    ['DATA_DIR', ''],
    ['DATA_DIR', '  '],
    ['EVENT_STORE', ''],
    ['EVENT_STORE', 'postgres'],
    ['EVENT_STORE', 'Memory'],
    ['EVENT_STORE', 'constructor'],
    ['READ_MODELS', ''],
    ['READ_MODELS', 'eventstoredb'],
    ['EVENTSTORE_URL', 'localhost:2113'],
    ['EVENTSTORE_URL', 'http://localhost'],
    ['EVENTSTORE_URL', ''],
    ['MONGODB_URL', 'mongodb://'],
    ['MONGODB_URL', 'postgres://localhost'],
    ['READ_TIMEOUT_MS', '-5'],
    ['READ_TIMEOUT_MS', 'soon'],
    ['READ_TIMEOUT_MS', '2147483648'],
    ['SHUTDOWN_TIMEOUT_MS', '1s'],
    ['SHUTDOWN_TIMEOUT_MS', 'Infinity'],
    ['TRANSFER_APPROVAL_ABOVE', '-1'],
    ['TRANSFER_TIMEOUT_MS', '0'],
    ['APPROVAL_TIMEOUT_MS', 'NaN'],
  ])('refuses %s=%j and names it', (name, value) => {
    const problems = problemsOf({ [name]: value });

    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} is `))]);
  });

  it('says that EVENT_STORE=eventstoredb is not built yet', () => {
    expect(problemsOf({ EVENT_STORE: 'eventstoredb' })).toEqual([
      expect.stringMatching(/^EVENT_STORE .*not built yet/),
    ]);
  });

  it('keeps read models on the MongoDB that it is given', () => {
    const configuration = readConfiguration({
      READ_MODELS: 'mongodb',
      MONGODB_URL: 'mongodb://db:27017/bank',
    });

    expect(configuration).toMatchObject({
      eventStore: 'embedded',
      readModels: 'mongodb',
      mongodbUrl: 'mongodb://db:27017/bank',
    });
  });

  it('wants MONGODB_URL for read models on MongoDB', () => {
    expect(problemsOf({ READ_MODELS: 'mongodb' })).toEqual([
      'MONGODB_URL is missing: READ_MODELS=mongodb needs it, as in mongodb://localhost:27017/bank.',
    ]);
  });

  it('says once that MONGODB_URL is malformed', () => {
    const problems = problemsOf({ READ_MODELS: 'mongodb', MONGODB_URL: 'http://a:hunter2@db' });

    expect(problems).toEqual(['MONGODB_URL is no URL of the form mongodb:// or mongodb+srv://….']);
  });

  it('names everything that is wrong at once', () => {
    const problems = problemsOf({ PORT: 'x', EVENT_STORE: 'y', MONGODB_URL: 'z' });

    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'EVENT_STORE',
      'MONGODB_URL',
      'PORT',
    ]);
  });

  it('repeats no URL, which may hold a password', () => {
    const [problem] = problemsOf({ MONGODB_URL: 'http://admin:hunter2@db' });

    expect(problem).not.toMatch(/hunter2/);
  });
});
