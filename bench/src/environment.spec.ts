import { unfitness } from './environment.js';

const disk = {
  folder: '/data',
  fileSystem: 'ext4',
  syncP50Us: 450,
  machine: 'any',
  loadPerCpu: 0,
};

describe('unfitness', () => {
  it('has nothing against a disk', () => {
    expect(unfitness(disk)).toBeUndefined();
  });

  it.each(['tmpfs', 'ramfs'])('refuses %s, however slow', (fileSystem) => {
    expect(unfitness({ ...disk, fileSystem })).toContain(fileSystem);
  });

  it('refuses a disk that is faster than a sync can be', () => {
    expect(unfitness({ ...disk, syncP50Us: 49 })).toContain('49 µs');
  });
});
