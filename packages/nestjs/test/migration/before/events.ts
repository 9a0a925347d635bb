export class HeroAppeared {
  constructor(
    readonly heroId: string,
    readonly name: string,
  ) {}
}

export class DragonKilled {
  constructor(
    readonly heroId: string,
    readonly dragon: string,
  ) {}
}
