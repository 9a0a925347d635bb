import { readConfiguration } from './configuration/configuration.js';
import { welcome } from './welcome.js';

const URL = 'http://127.0.0.1:3000';

function placesOf(environment: Record<string, string>): readonly string[] {
  const lines = welcome(URL, readConfiguration({ DATA_DIR: '/var/bank', ...environment })).split(
    '\n',
  );
  return lines.slice(1, lines.indexOf('try:'));
}

describe('welcome', () => {
  it('says where the data lies', () => {
    expect(placesOf({})).toEqual(['data lies in /var/bank']);
    expect(placesOf({ EVENT_STORE: 'memory' })).toEqual([
      'data is in memory and gone when the bank stops',
    ]);
  });

  it.each([
    ['mongodb://db:27017/bank', 'db:27017/bank'],
    ['mongodb://one:27017,two:27018/?replicaSet=rs0', 'one:27017,two:27018/'],
    ['mongodb+srv://ada:hunter2@cluster.example/bank?w=1', 'cluster.example/bank'],
    ['mongodb://ada:hunter2@db/bank?tlsCertificateKeyFilePassword=hunter2', 'db/bank'],
    ['mongodb://ada:hunter2@with@at@db', 'db'],
  ])('says where read models in %s lie, and no more', (url, shown) => {
    const places = placesOf({ READ_MODELS: 'mongodb', MONGODB_URL: url });

    expect(places).toEqual(['data lies in /var/bank', `read models lie in MongoDB at ${shown}`]);
  });
});
