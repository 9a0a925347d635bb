import { IsInt, Min } from 'class-validator';
import { findProblems } from './validation.js';

class Order {
  @IsInt() @Min(1) readonly amount: number;
  constructor(amount: number) {
    this.amount = amount;
  }
}

describe('findProblems', () => {
  it.each([null, 'Acme Ltd', class {}])(
    'finds the rules of a class also when its message has a field named constructor (%p)',
    async (value) => {
      const valid = Object.assign(new Order(1), { constructor: value });
      const broken = Object.assign(new Order(0), { constructor: value });

      await expect(findProblems(valid)).resolves.toEqual([]);
      await expect(findProblems(broken)).resolves.toMatchObject([{ path: 'amount' }]);
    },
  );
});
