import { embedded } from '@everfold/embedded';
import { memory } from '@everfold/memory';
import { EverfoldModule } from '@everfold/nestjs';
import { Module } from '@nestjs/common';
import { AppController } from './app.controller';
import { AppService } from './app.service';
import { NotesModule } from './notes/notes.module';
import { TasksModule } from './tasks/tasks.module';

@Module({
  imports: [
    EverfoldModule.forRootAsync({
      useFactory: () => {
        const folder = process.env.DATA_FOLDER;
        return {
          eventStore: folder === undefined ? memory() : embedded({ folder }),
          publishToEventBus: true,
        };
      },
    }),
    TasksModule,
    NotesModule,
  ],
  controllers: [AppController],
  providers: [AppService],
})
export class AppModule {}
