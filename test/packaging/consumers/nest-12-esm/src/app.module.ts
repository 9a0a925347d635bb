import { embedded } from '@everfold/embedded';
import { EverfoldModule } from '@everfold/nestjs';
import { type DynamicModule, Module } from '@nestjs/common';
import { ParcelsModule } from './parcels/parcels.module.js';

@Module({})
export class AppModule {
  static in(folder: string): DynamicModule {
    return {
      module: AppModule,
      imports: [EverfoldModule.forRoot({ eventStore: embedded({ folder }) }), ParcelsModule],
    };
  }
}
