import { EventsHandler, type IEventHandler } from '@everfold/nestjs/cqrs';
import { NoteWritten } from './note';

@EventsHandler(NoteWritten)
export class WrittenNotes implements IEventHandler<NoteWritten> {
  readonly texts: string[] = [];

  handle({ text }: NoteWritten): void {
    this.texts.push(text);
  }
}
