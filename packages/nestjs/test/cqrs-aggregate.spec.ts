import {
  AggregateExistsError,
  AggregateNotFoundError,
  ConcurrencyError,
  EventType,
} from '@everfold/core';
import {
  AggregateRoot,
  CommitRepository,
  cqrsAggregate,
  WithAggregateRoot,
} from '../src/cqrs/index.js';
import { EverfoldModule, getAggregateToken } from '../src/index.js';
import { closeAll, eventsOf, rootOf, start } from './support/applications.js';
import { Emptied, Filled, fill, startTanks, Tank } from './support/tanks.js';

class Unnamed {}

afterEach(closeAll);

describe('An aggregate with commit()', () => {
  it('is folded from what was committed, and goes on from there', async () => {
    const started = await startTanks();
    await fill(started);

    const tank = await started.tanks.load('a');
    tank.empty(30);
    await tank.commit();
    tank.empty(20);
    await tank.commit();

    expect(tank.getUncommittedEvents()).toEqual([]);
    await expect(started.tanks.load('a')).resolves.toMatchObject({ level: 50, id: 'a' });
    const revisions = (await eventsOf(started.app)).map(({ type, revision }) => [type, revision]);
    expect(revisions).toEqual([
      ['tank.filled', 0],
      ['tank.emptied', 1],
      ['tank.emptied', 2],
    ]);
  });

  it('is unknown until it was committed', async () => {
    const { tanks } = await startTanks();

    await expect(tanks.find('a')).resolves.toBeUndefined();
    await expect(tanks.load('a')).rejects.toThrow(AggregateNotFoundError);
  });

  it('commits nothing when nothing was applied, or it was taken back', async () => {
    const started = await startTanks();
    await fill(started);
    const tank = await started.tanks.load('a');

    await tank.commit();
    tank.empty(1);
    tank.uncommit();
    await tank.commit();

    await expect(eventsOf(started.app)).resolves.toHaveLength(1);
  });

  it('loses to who was faster, keeps what it applied, and never half of it', async () => {
    const started = await startTanks();
    await fill(started);
    const [slow, fast] = [await started.tanks.load('a'), await started.tanks.load('a')];
    fast.empty(100);
    await fast.commit();
    slow.empty(10);
    slow.empty(10);

    await expect(slow.commit()).rejects.toThrow(ConcurrencyError);
    await expect(slow.commit()).rejects.toThrow(ConcurrencyError);

    expect(slow.getUncommittedEvents()).toHaveLength(2);
    await expect(eventsOf(started.app)).resolves.toHaveLength(2);
  });

  it('is created once', async () => {
    const started = await startTanks();
    await fill(started);

    await expect(fill(started)).rejects.toThrow(AggregateExistsError);
    await expect(eventsOf(started.app)).resolves.toHaveLength(1);
  });

  it('commits twice at once what was applied, once', async () => {
    const started = await startTanks();
    await fill(started);
    const tank = await started.tanks.load('a');
    tank.empty(1);
    const first = tank.commit();
    tank.empty(2);

    await Promise.all([first, tank.commit(), tank.commit()]);

    const stored = await eventsOf(started.app);
    expect(stored.map(({ data }) => data)).toEqual([{ litres: 100 }, { litres: 1 }, { litres: 2 }]);
  });

  it('says what is missing when it cannot be durable', async () => {
    const { tanks, publisher } = await startTanks();
    class Stray extends AggregateRoot {}
    const unmerged = new Tank('a');
    unmerged.fill(1);
    const odd = new Tank('b');
    odd.apply(new Unnamed());

    await expect(unmerged.commit()).rejects.toThrow(/mergeObjectContext.*Nothing was written/s);
    await expect(tanks.save(odd)).rejects.toThrow(/Unnamed/);
    expect(() => publisher.mergeObjectContext(new Stray())).toThrow(
      /Stray is not registered.*cqrsAggregate/s,
    );
    expect(() => publisher.mergeClassContext(Stray)).toThrow(/Stray is not registered/);
    expect(() => {
      unmerged.autoCommit = true;
    }).toThrow(/await commit/);
    expect(() => Reflect.get(unmerged, 'publish').call(unmerged, new Filled(1))).toThrow(
      /apply\(\)/,
    );
    expect(() => Reflect.get(unmerged, 'publishAll').call(unmerged, [])).toThrow(/apply\(\)/);
  });

  it('needs an id', async () => {
    const { tanks } = await startTanks();
    const nameless = new Tank(undefined as unknown as string);
    nameless.fill(1);

    await expect(tanks.save(nameless)).rejects.toThrow(/has no id.*idOf/);
  });

  it('is merged by its class', async () => {
    const { tanks, publisher } = await startTanks();
    const DurableTank = publisher.mergeClassContext(Tank);
    const tank = new DurableTank('a');
    tank.fill(5);

    await tank.commit();

    await expect(tanks.load('a')).resolves.toMatchObject({ level: 5 });
  });

  it('keeps what the framework needs out of sight', () => {
    const tank = new Tank('a');
    tank.fill(1);

    expect(JSON.parse(JSON.stringify(tank))).toEqual({ id: 'a', level: 1 });
  });

  it('folds as Nest does: by the name of the class, not for what skips it', () => {
    const tank = new Tank('a');

    tank.apply(new Filled(1), { skipHandler: true });
    tank.apply(new Filled(2), { fromHistory: true });
    tank.apply(new Filled(4), true);
    tank.loadFromHistory([new Filled(8)]);

    expect(tank.level).toBe(14);
    expect(tank.getUncommittedEvents()).toHaveLength(1);
  });

  it('may be mixed into a class, made by a function, and have an id elsewhere', async () => {
    class Base {
      constructor(readonly key: { readonly number: number }) {}
    }
    class Pump extends WithAggregateRoot(Base) {
      started = 0;
      run(): void {
        this.apply(new PumpStarted());
      }
      onPumpStarted(): void {
        this.started += 1;
      }
    }
    class PumpStarted {}
    const PUMP = cqrsAggregate('pump', Pump, {
      events: { 'pump.started': PumpStarted },
      create: (id) => new Pump({ number: Number(id) }),
      idOf: ({ key }) => String(key.number),
    });
    const app = await start({ imports: [...rootOf(), EverfoldModule.forFeature([PUMP])] });
    const pumps = app.get<CommitRepository<Pump>>(getAggregateToken(PUMP));
    const pump = new Pump({ number: 7 });
    pump.run();
    await pumps.save(pump);

    await expect(pumps.load('7')).resolves.toMatchObject({ started: 1, key: { number: 7 } });
  });
});

describe('cqrsAggregate', () => {
  it('refuses what could not be stored', () => {
    @EventType('other.name')
    class Named {}

    expect(() => cqrsAggregate('no-dash', Tank, { events: {} })).toThrow(TypeError);
    expect(() => cqrsAggregate('tank', Tank, { events: {} })).toThrow(/names no events/);
    expect(() => cqrsAggregate('tank', Tank, { events: { 'tank.named': Named } })).toThrow(
      /stored as 'other.name'/,
    );
    expect(() =>
      cqrsAggregate('tank', Tank, { events: { 'tank.x': undefined as unknown as typeof Filled } }),
    ).toThrow(/undefined for a class/);
  });

  it('refuses a handler that fits no event: a class was renamed, or minified', () => {
    class Renamed {}
    class Drained extends AggregateRoot {
      onDrainedOut(): void {}
    }
    const events = { 'drained.out': Renamed };

    expect(() => cqrsAggregate('drained', Drained, { events })).toThrow(
      /onDrainedOut folds no event.*keepNames.*notHandlers/s,
    );
    expect(() =>
      cqrsAggregate('drained', Drained, { events, notHandlers: ['onDrainedOut'] }),
    ).not.toThrow();
  });

  it('names events once, however often it is called', () => {
    expect(() =>
      cqrsAggregate('tank', Tank, { events: { 'tank.filled': Filled, 'tank.emptied': Emptied } }),
    ).not.toThrow();
  });
});
