// What deposits over HTTP are compared with: a Nest application of one route, with the rules of the bank's, that keeps nothing.
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import {
  Body,
  Controller,
  Module,
  Param,
  ParseUUIDPipe,
  Post,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';

class MoneyBody {
  @IsInt()
  @Min(1)
  @Max(10 ** 12)
  amount!: number;

  @IsString()
  @MaxLength(140)
  reference: string = '';
}

@Controller('accounts')
class BareController {
  #revision = 0;

  @Post(':id/deposits')
  deposit(@Param('id', ParseUUIDPipe) id: string, @Body() { amount }: MoneyBody): object {
    this.#revision += 1;
    return {
      id,
      owner: 'Ada',
      currency: 'EUR',
      status: 'open',
      balance: amount,
      overdraftLimit: 0,
      revision: this.#revision,
    };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestExpressApplication>(BareModule, { logger: false });
app.useGlobalPipes(
  new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }),
);
await app.listen(0, '127.0.0.1');
const { port } = app.getHttpServer().address() as AddressInfo;
process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
process.once('SIGTERM', () => process.exit(0));
